// The part of Google's messaging that Chromium calls over HTTP: checkin makes a device, register makes a subscription of it.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bytesField, fixed64Field, numberField } from './protobuf.ts'
import { readBody } from './push-request.ts'

export interface FcmRegistration {
  /** Android id of the browser. */
  device: string
  app: string
  subtype: string
  /** The application server key, base64url. */
  sender: string
  gone: boolean
}

export interface FcmRegistry {
  checkinUrl: string
  registerUrl: string
  get(token: string): FcmRegistration | undefined
  stop(): Promise<void>
}

export async function startFcmRegistry(): Promise<FcmRegistry> {
  const registrations = new Map<string, FcmRegistration>()
  let lastDevice = 5_000_000_000n

  const checkin = () => {
    lastDevice += 1n
    const ids = [fixed64Field(7, lastDevice), fixed64Field(8, lastDevice + 2_000_000_000n)]
    return Buffer.concat([numberField(1, 1), numberField(3, Date.now()), ...ids, bytesField(11, 'v1')])
  }

  const register = (form: URLSearchParams): string => {
    const field = (name: string) => form.get(name) ?? ''
    const [device, subtype] = [field('device'), field('X-subtype')]
    if (field('delete') === 'true') {
      const all = field('X-scope') === '*'
      for (const held of registrations.values()) {
        if (held.device === device && (all || held.subtype === subtype)) held.gone = true
      }
      return `token=${subtype}`
    }
    const token = `tok${randomBytes(12).toString('hex')}`
    const sender = form.get('sender') ?? field('X-sender')
    registrations.set(token, { device, subtype, sender, app: field('app'), gone: false })
    return `token=${token}`
  }

  const server = createServer(async (request, response) => {
    const body = await readBody(request)
    if (request.url?.startsWith('/checkin')) response.end(checkin())
    else if (request.url?.startsWith('/register')) response.end(register(new URLSearchParams(body.toString())))
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    checkinUrl: `${origin}/checkin`,
    registerUrl: `${origin}/register`,
    get: (token) => registrations.get(token),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

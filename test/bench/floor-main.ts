// The floor below every login server on Node: the exchanges of a login on bare Hono, with their curves, and nothing else. No
// limits, no policies, no audit log, nothing sealed at rest; a store only where one is named, and then one row a step in
// commits that are shared. What is known to be cheapest is taken from the server itself.
import { createHash, createHmac, randomBytes, randomInt } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { serve } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { Agent } from 'undici'
import webPush from 'web-push'
import { bindingText } from '../../protocol/binding.ts'
import type { DeviceRequest } from '../../protocol/device-api.ts'
import { truncate } from '../../protocol/hotp.ts'
import { parseJws } from '../../protocol/jws.ts'
import { PUSH_SUITE, questionInput } from '../../protocol/ocra.ts'
import type { PushDocument } from '../../protocol/push-message.ts'
import { verifiesJws } from '../../server/devices/verify-jws.ts'
import { pushSealer } from '../../server/push/seal.ts'
import type { FromOwn, OwnPerson, ToOwn } from './own-server.ts'

type Device = Omit<OwnPerson, 'ocraKey'> & { key: string; ocraKey: Buffer }
type Login = { shown: DeviceRequest; device: Device; secret: string; number: string } & Told
type Told = { state: 'pending' | 'approved'; delivery: 'queued' | 'sent'; passcode?: string; page?: ServerResponse }

const apiKey = randomBytes(16).toString('hex')
const vapid = webPush.generateVAPIDKeys()
const byName = new Map<string, Device>()
const byId = new Map<string, Device>()
const logins = new Map<string, Login>()
let whole = 0

const store = process.env.BENCH_STORE ? new DatabaseSync(process.env.BENCH_STORE) : undefined
store?.exec(`pragma journal_mode = wal; pragma synchronous = full;
  create table steps (id integer primary key, kind text, request text, said text)`)
const insert = store?.prepare('insert into steps (kind, request, said) values (?, ?, ?)')
const waiting: (() => void)[] = []

/** Durable before it resolves, where there is a store; all steps of a turn together. */
function kept(kind: string, request: string, said: string): Promise<void> | undefined {
  if (!store) return
  if (waiting.length === 0) {
    store.exec('begin immediate')
    setImmediate(() => {
      store.exec('commit')
      for (const done of waiting.splice(0)) done()
    })
  }
  insert?.run(kind, request, said)
  return new Promise((resolve) => waiting.push(resolve))
}

const app = new Hono<{ Bindings: { incoming: IncomingMessage; outgoing: ServerResponse } }>()
app.use('/api/*', async (c, next) => {
  if (c.req.header('authorization') !== `Bearer ${apiKey}`) return c.body(null, 401)
  return next()
})

app.post('/api/v1/login-requests', async (c) => {
  const { username, context } = JSON.parse(await text(c.env.incoming)) as Pick<DeviceRequest, 'username' | 'context'>
  const device = byName.get(username)
  if (!device) return c.body(null, 404)
  const [id, secret, number] = [unguessable(), unguessable(), String(randomInt(10, 100))]
  const shown = {
    ...{ id: `req_${id}`, purpose: 'sign-in', nonce: unguessable(), token: device.token, username, context },
    ...{ application: { id: 'app_1', name: 'Bench' }, number: { digits: 2 }, unlock: 'none', approval: 'standard' },
  } as unknown as DeviceRequest
  const login: Login = { shown, device, secret, number, state: 'pending', delivery: 'queued' }
  logins.set(shown.id, login)
  await kept('requested', shown.id, JSON.stringify(shown))
  // Sealed in a turn after the answer's.
  setImmediate(() => void push(login))
  return c.json({ id: shown.id, secret, number, state: 'pending' }, 201)
})

app.get('/api/v1/login-requests/:id/events', (c) => {
  const login = logins.get(c.req.param('id'))
  if (!login || login.secret !== c.req.header('x-request-secret')) return c.body(null, 404)
  login.page = c.env.outgoing
  login.page.writeHead(200, { 'content-type': 'text/event-stream' })
  tell(login)
  return RESPONSE_ALREADY_SENT
})

app.post('/device/v1/decisions', async (c) => {
  const said = parseJws(await text(c.env.incoming))
  const device = byId.get(String(said?.header.kid))
  if (!said || !device || !verifiesJws(said, device)) return c.body(null, 403)
  const { request, ...stated } = said.payload as { request: string; binding: string; passcode: string }
  const login = logins.get(request)
  if (login?.state !== 'pending' || login.device !== device) return c.body(null, 409)
  const { shown, number } = login
  const binding = createHash('sha256')
    .update(bindingText({ ...shown, request: shown.id, number }))
    .digest()
  const mac = createHmac('sha256', device.ocraKey).update(questionInput(PUSH_SUITE, binding)).digest()
  const passcode = truncate(mac, 8)
  if (stated.binding !== binding.toString('base64url') || stated.passcode !== passcode) return c.body(null, 403)
  Object.assign(login, { state: 'approved', passcode })
  await kept('approved', shown.id, said.signed)
  tell(login)
  return c.json({ state: 'approved', reason: null })
})

app.post('/api/v1/login-requests/:id/redeem', async (c) => {
  const login = logins.get(c.req.param('id'))
  const { secret, passcode } = JSON.parse(await text(c.env.incoming)) as { secret: string; passcode: string }
  if (login?.secret !== secret || login.passcode !== passcode) return c.body(null, 403)
  logins.delete(login.shown.id)
  await kept('redeemed', login.shown.id, '')
  if (login.delivery === 'sent') whole += 1
  return c.json({ username: login.shown.username })
})

const seal = pushSealer(randomBytes)
const outbound = new Agent({ connections: 64 })
let authorization: string | undefined

async function push(login: Login): Promise<void> {
  const { shown, device } = login
  const document = { web_push: 8030, countersign: { v: 1, kind: 'login-request', request: shown } }
  const { origin, pathname } = new URL(device.subscription.endpoint)
  authorization ??= vapidStatement(origin)
  const { statusCode, body } = await outbound.request({
    ...{ origin, path: pathname, method: 'POST' },
    headers: {
      ...{ authorization, 'content-encoding': 'aes128gcm', 'content-type': 'application/octet-stream' },
      ...{ ttl: '60', urgency: 'high' },
    },
    body: await seal(document as PushDocument, device.subscription.keys),
  })
  await body.dump()
  if (statusCode !== 201) throw new Error(`the push service said ${statusCode}`)
  login.delivery = 'sent'
  await kept('sent', shown.id, '')
  tell(login)
}

function vapidStatement(origin: string): string {
  const { publicKey, privateKey } = vapid
  const subject = 'mailto:admin@harbour.example'
  return webPush.getVapidHeaders(origin, subject, publicKey, privateKey, 'aes128gcm').Authorization
}

function tell({ page, shown, state, delivery, passcode }: Login): void {
  const view = JSON.stringify({ id: shown.id, state, delivery, passcode })
  const event = `event: state\ndata: ${view}\n\n`
  if (state === 'pending') page?.write(event)
  else page?.end(event)
}

function text(incoming: IncomingMessage): Promise<string> {
  let read = ''
  incoming.setEncoding('utf8').on('data', (chunk: string) => (read += chunk))
  return new Promise((resolve) => incoming.once('end', () => resolve(read)))
}

function unguessable(): string {
  return randomBytes(16).toString('base64url')
}

process.on('message', (message: ToOwn) => {
  if ('people' in message) {
    for (const person of message.people) {
      const device = {
        ...person,
        key: JSON.stringify(person.publicKey),
        ocraKey: Buffer.from(person.ocraKey, 'base64url'),
      }
      byName.set(person.username, device)
      byId.set(person.device, device)
    }
    process.send?.({ taken: true })
  } else process.send?.({ whole: store ? ofStore(store) : whole } satisfies FromOwn)
})

function ofStore(rows: DatabaseSync): number {
  const whole = 'select request from steps group by request having count(*) = 4'
  return Number(rows.prepare(`select count(*) as n from (${whole})`).get()?.n)
}

serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) => {
  process.send?.({ ready: `http://localhost:${port}`, vapidKey: vapid.publicKey, apiKey } satisfies FromOwn)
})
// The parent is gone.
process.on('disconnect', () => process.exit())

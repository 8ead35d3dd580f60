// What asks over RADIUS, written from RFC 2865 and RFC 3579 alone: it shares no code with the server.
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

export type Given = { type: number; value: Buffer | string }
export type RadiusAnswer = {
  code: number
  identifier: number
  attributes: { type: number; value: Buffer }[]
  bytes: Buffer
}

export const ACCEPT = 2
export const REJECT = 3
export const CHALLENGE = 11
export const USER_NAME = 1
export const NAS_PORT = 5
export const REPLY_MESSAGE = 18
export const STATE = 24
export const CALLING_STATION = 31
export const NAS_IDENTIFIER = 32
export const ACCT_SESSION = 44

export const EAP_MESSAGE = 79
export const MESSAGE_AUTHENTICATOR = 80

const md5 = (...parts: Buffer[]) => createHash('md5').update(Buffer.concat(parts)).digest()

/** RFC 2865 §5.2. */
export function hiddenPassword(password: string, authenticator: Buffer, secret: string): Buffer {
  const plain = Buffer.from(password)
  const padded = Buffer.concat([plain, Buffer.alloc((16 - (plain.length % 16)) % 16 || (plain.length === 0 ? 16 : 0))])
  const blocks: Buffer[] = []
  let before = authenticator
  for (let at = 0; at < padded.length; at += 16) {
    const pad = md5(Buffer.from(secret), before)
    before = Buffer.from(padded.subarray(at, at + 16).map((byte, i) => byte ^ (pad[i] ?? 0)))
    blocks.push(before)
  }
  return Buffer.concat(blocks)
}

export type RequestParts = {
  secret: string
  code?: number
  identifier?: number
  authenticator?: Buffer
  /** absent: no User-Password */
  password?: string
  attributes?: Given[]
  /** false: none; 'forged': one that is wrong */
  signed?: boolean | 'forged'
}

export function radiusRequest(parts: RequestParts): Buffer {
  const {
    secret,
    code = 1,
    identifier = randomBytes(1)[0] ?? 0,
    authenticator = randomBytes(16),
    signed = true,
  } = parts
  const list: Given[] = [...(parts.attributes ?? [])]
  if (parts.password !== undefined) list.push({ type: 2, value: hiddenPassword(parts.password, authenticator, secret) })
  if (signed) list.push({ type: MESSAGE_AUTHENTICATOR, value: Buffer.alloc(16) })
  const body = Buffer.concat(
    list.map(({ type, value }) => Buffer.concat([Buffer.of(type, Buffer.from(value).length + 2), Buffer.from(value)])),
  )
  const head = Buffer.of(code, identifier, (body.length + 20) >> 8, (body.length + 20) & 0xff)
  const bytes = Buffer.concat([head, authenticator, body])
  if (signed)
    createHmac('md5', signed === 'forged' ? 'other' : secret)
      .update(bytes)
      .digest()
      .copy(bytes, bytes.length - 16)
  return bytes
}

/** RFC 2866 §3: what it is signed by takes the authenticator's place. */
export function accountingRequest(secret: string, identifier = 0): Buffer {
  const bytes = radiusRequest({ secret, code: 4, identifier, authenticator: Buffer.alloc(16), signed: false })
  md5(bytes, Buffer.from(secret)).copy(bytes, 4)
  return bytes
}

export const ACCOUNTING_RESPONSE = 5

/**
 * @param signed false: of RFC 2865 alone
 * @throws where the answer is not signed as both RFCs say, Message-Authenticator first
 */
export function readAnswer(bytes: Buffer, request: Buffer, secret: string, signed = true): RadiusAnswer {
  const zeroed = Buffer.from(bytes)
  request.copy(zeroed, 4, 4, 20)
  if (!md5(zeroed, Buffer.from(secret)).equals(bytes.subarray(4, 20))) throw new Error('wrong Response Authenticator')
  const attributes: { type: number; value: Buffer }[] = []
  for (let at = 20; at < bytes.length; at += bytes[at + 1] ?? 2)
    attributes.push({ type: bytes[at] ?? 0, value: bytes.subarray(at + 2, at + (bytes[at + 1] ?? 2)) })
  const isSigned = attributes[0]?.type === MESSAGE_AUTHENTICATOR
  if (signed && !isSigned && bytes[0] !== ACCOUNTING_RESPONSE) throw new Error('Message-Authenticator is not first')
  if (isSigned) {
    zeroed.fill(0, 22, 38)
    const expected = createHmac('md5', secret).update(zeroed).digest()
    if (!expected.equals(bytes.subarray(22, 38))) throw new Error('wrong Message-Authenticator')
  }
  return { code: bytes[0] ?? 0, identifier: bytes[1] ?? 0, attributes, bytes }
}

export const messageOf = ({ attributes }: RadiusAnswer) =>
  attributes
    .filter(({ type }) => type === REPLY_MESSAGE)
    .map(({ value }) => value.toString())
    .join('')

export const attributeOf = ({ attributes }: RadiusAnswer, type: number) =>
  attributes.find((attribute) => attribute.type === type)?.value

/** A VPN gateway, for people who type. */
export class RadiusClient implements AsyncDisposable {
  readonly #socket: Socket
  readonly #port: number
  readonly secret: string
  /** everything that came back, as it came */
  readonly received: Buffer[] = []

  private constructor(socket: Socket, port: number, secret: string) {
    this.#socket = socket
    this.#port = port
    this.secret = secret
    socket.on('message', (bytes) => this.received.push(bytes))
  }

  static async open(port: number, secret: string, address = '127.0.0.1'): Promise<RadiusClient> {
    const socket = createSocket('udp4')
    socket.bind(0, address)
    await once(socket, 'listening')
    socket.setMaxListeners(0)
    return new RadiusClient(socket, port, secret)
  }

  send(bytes: Buffer): void {
    this.#socket.send(bytes, this.#port, '127.0.0.1')
  }

  /** The answer to these bytes. */
  async exchange(bytes: Buffer): Promise<RadiusAnswer> {
    this.send(bytes)
    return this.answerTo(bytes)
  }

  async answerTo(bytes: Buffer): Promise<RadiusAnswer> {
    for (;;) {
      const [answer] = (await once(this.#socket, 'message')) as [Buffer]
      if (answer[1] === bytes[1]) return readAnswer(answer, bytes, this.secret)
    }
  }

  /** @param typed what is in the one field there is */
  request(username: string, typed: string, attributes: Given[] = [], more: Partial<RequestParts> = {}): Buffer {
    const name = { type: USER_NAME, value: username }
    return radiusRequest({ secret: this.secret, password: typed, attributes: [name, ...attributes], ...more })
  }

  ask(username: string, typed: string, attributes: Given[] = []): Promise<RadiusAnswer> {
    return this.exchange(this.request(username, typed, attributes))
  }

  /** Answers a challenge. */
  reply(to: RadiusAnswer, username: string, typed: string, attributes: Given[] = []): Promise<RadiusAnswer> {
    return this.ask(username, typed, [{ type: STATE, value: attributeOf(to, STATE) ?? '' }, ...attributes])
  }

  /** All that was sent before has been read, and answered where it is answered at once: Status-Server is. */
  async drained(): Promise<void> {
    await this.exchange(radiusRequest({ secret: this.secret, code: 12, identifier: 255 }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }
}

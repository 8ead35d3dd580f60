// An LDAP server that answers binds and searches with the result codes that a test asks for (RFC 4511), and can hang up
// on everybody: what a real one only does on its worst days.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { testCertificate } from './certificate.ts'

const BIND = 0x60
const SEARCH = 0x63
const EXTENDED = 0x77
/** The response that belongs to a request; a search that finds nothing is done at once. */
const RESPONSES: Record<number, number> = { [BIND]: 0x61, [SEARCH]: 0x65, [EXTENDED]: 0x78 }

export class LdapDouble implements AsyncDisposable {
  readonly url: string
  /** result codes by the DN that binds; 0 where absent */
  readonly binds: Record<string, number> = {}
  search = 0
  /** what a search for the name in it finds; nothing where absent */
  readonly entries: Record<string, { dn: string; attributes: Record<string, string> }> = {}
  /** finds somebody, and one more page, whenever it is asked */
  isEndless = false
  /** of StartTLS */
  extended = 0
  /** what somebody between sends right behind the answer to StartTLS */
  inClear = Buffer.alloc(0)
  /** is sent instead of every answer to a bind, and then it hangs up */
  insteadOfBind: Buffer | undefined
  /** after the answer to StartTLS it says no more; hears what comes then */
  fallsSilent: (() => void) | undefined
  /** what was asked, as 'bind cn=alice' and 'search' */
  readonly asked: string[] = []
  /** hangs up when it is asked this next, instead of an answer */
  hangsUpOn: string | undefined
  readonly #server: ReturnType<typeof createServer>
  readonly #sockets = new Set<Socket>()

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server
    this.url = `ldap://localhost:${(server.address() as AddressInfo).port}`
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      socket.once('error', () => socket.destroy())
      this.#serve(socket)
    })
  }

  static async start(): Promise<LdapDouble> {
    const server = createServer()
    await once(server.listen(0, 'localhost'), 'listening')
    return new LdapDouble(server)
  }

  get open(): number {
    return this.#sockets.size
  }

  /** As at a restart: everybody is gone, and may come back. */
  async hangUp(): Promise<void> {
    const gone = [...this.#sockets].map((socket) => once(socket, 'close'))
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(gone)
  }

  #serve(socket: Socket): void {
    socket.once('data', (message) => {
      const next = this.#answer(socket, message)
      if (next) this.#serve(next)
    })
  }

  /** @returns where the next message comes; nothing where it hung up. Messages are short, and come one at a time. */
  #answer(socket: Socket, message: Buffer): Socket | undefined {
    const { id, operation, body } = parse(message)
    const dn = operation === BIND ? bindDn(body) : ''
    const asked = operation === BIND ? `bind ${dn}` : operation === SEARCH ? 'search' : 'other'
    const response = RESPONSES[operation]
    // RFC 4511 §4.3: an unbind has no answer.
    if (response === undefined) return void socket.end()
    this.asked.push(asked)
    if (asked === this.hangsUpOn) {
      this.hangsUpOn = undefined
      return void socket.destroy()
    }
    if (operation === BIND && this.insteadOfBind) return void socket.end(this.insteadOfBind)
    const code = { [BIND]: this.binds[dn] ?? 0, [SEARCH]: this.search, [EXTENDED]: this.extended }[operation] ?? 0
    const found = operation === SEARCH ? Object.entries(this.entries).find(([name]) => body.includes(name)) : undefined
    if (found) socket.write(tlv(0x30, id, entryOf(found[1])))
    const isPage = operation === SEARCH && this.isEndless
    if (isPage) socket.write(tlv(0x30, id, entryOf({ dn: 'cn=somebody', attributes: {} })))
    const more = isPage ? [tlv(0xa0, NEXT_PAGE)] : []
    const answer = tlv(0x30, id, tlv(response, Buffer.from([0x0a, 1, code, 0x04, 0, 0x04, 0])), ...more)
    socket.write(operation === EXTENDED ? Buffer.concat([answer, this.inClear]) : answer)
    if (operation !== EXTENDED || code !== 0) return socket
    if (!this.fallsSilent) return secured(socket)
    socket.once('data', this.fallsSilent)
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

function secured(socket: Socket): Socket {
  const { key, cert } = testCertificate()
  const secure = new TLSSocket(socket, { isServer: true, key, cert })
  secure.once('error', () => socket.destroy())
  return secure
}

/** X.690 §8.1, for what is shorter than 256 bytes. */
export function tlv(tag: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const value = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const length = value.length < 0x80 ? [value.length] : [0x81, value.length]
  return Buffer.concat([Buffer.from([tag, ...length]), value])
}

/** RFC 2696 §2. */
const NEXT_PAGE = tlv(
  0x30,
  tlv(0x04, '1.2.840.113556.1.4.319'),
  tlv(0x04, tlv(0x30, Buffer.from([0x02, 1, 0]), tlv(0x04, 'more'))),
)

/** RFC 4511 §4.5.2, SearchResultEntry. */
function entryOf({ dn, attributes }: LdapDouble['entries'][string]): Buffer {
  const values = Object.entries(attributes).map(([name, value]) =>
    tlv(0x30, tlv(0x04, name), tlv(0x31, tlv(0x04, value))),
  )
  return tlv(0x64, tlv(0x04, dn), tlv(0x30, ...values))
}

/** @returns the message id as it came, and the operation by its tag */
function parse(message: Buffer): { id: Buffer; operation: number; body: Buffer } {
  const start = afterLength(message, 1)
  const end = start + 2 + (message[start + 1] ?? 0)
  return {
    id: message.subarray(start, end),
    operation: message[end] ?? 0,
    body: message.subarray(afterLength(message, end + 1)),
  }
}

/** X.690 §8.1.3. @param at of the length */
const afterLength = (message: Buffer, at: number) =>
  at + 1 + ((message[at] ?? 0) < 0x80 ? 0 : (message[at] ?? 0) & 0x7f)

/** After the version, which is three bytes. */
function bindDn(body: Buffer): string {
  const from = afterLength(body, 4)
  return body.subarray(from, from + (body[4] ?? 0)).toString()
}

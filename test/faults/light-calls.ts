// POSTs over connections that stay open, with as little work as can be: whoever asks for five times what a server can do
// on the same processors must cost a fraction of it.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

type Answer = { status: number; head: string; body: string }
/** `ms`: from sending, over a connection that was free by then */
export type Timed = { answer: Answer | undefined; ms: number }
/** @returns undefined where no answer came */
type Told = (answer: Answer | undefined) => void

export class LightCalls {
  readonly #port: number
  readonly #withinMs: number
  readonly #idle: Connection[] = []
  readonly #waiting: ((connection: Connection) => void)[] = []

  /** @param withinMs an answer that has not come by then has not come */
  constructor(port: number, withinMs: number) {
    this.#port = port
    this.#withinMs = withinMs
  }

  /** @param count of connections, for which all calls wait; one after another, as pools grow */
  async open(count: number): Promise<void> {
    for (let n = 0; n < count; n++) this.#idle.push(await Connection.to(this.#port))
  }

  /** @param head without its `Content-Length` */
  async post(head: string, body: string): Promise<Timed> {
    const connection = this.#idle.pop() ?? (await new Promise<Connection>((resolve) => this.#waiting.push(resolve)))
    const told = Promise.withResolvers<Timed>()
    const sent = performance.now()
    const late = setTimeout(() => connection.end(), this.#withinMs)
    connection.send(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, (answer) => {
      clearTimeout(late)
      told.resolve({ answer, ms: performance.now() - sent })
      if (answer) this.#release(connection)
      else
        Connection.to(this.#port).then(
          (another) => this.#release(another),
          () => {},
        )
    })
    return told.promise
  }

  #release(connection: Connection): void {
    const next = this.#waiting.shift()
    if (next) next(connection)
    else this.#idle.push(connection)
  }
}

/** One call at a time. */
class Connection {
  readonly #socket: Socket
  #text = ''
  #told: Told | undefined

  static async to(port: number): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new Connection(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (chunk) => this.#take(String(chunk)))
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#tell(undefined))
  }

  send(text: string, told: Told): void {
    this.#told = told
    if (this.#socket.destroyed) this.#tell(undefined)
    else this.#socket.write(text)
  }

  end(): void {
    this.#socket.destroy()
  }

  #take(chunk: string): void {
    this.#text += chunk
    const end = this.#text.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#text.slice(0, end).toLowerCase()
    const length = Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1])
    if (Number.isNaN(length)) throw new Error(`an answer without Content-Length: ${head}`)
    const body = this.#text.slice(end + 4)
    if (body.length < length) return
    this.#text = ''
    this.#tell({ status: Number(head.slice(9, 12)), head, body: Buffer.from(body, 'latin1').toString('utf8') })
  }

  #tell(answer: Answer | undefined): void {
    const told = this.#told
    this.#told = undefined
    told?.(answer)
  }
}

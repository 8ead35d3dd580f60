// Sign-ins over RADIUS: name and password in one packet, which is answered once the device has approved.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { ACCEPT, CALLING_STATION, radiusRequest, readAnswer, USER_NAME } from '../support/radius-client.ts'
import { PASSWORD, type Person } from './people.ts'

export class RadiusLogins {
  readonly #socket: Socket
  readonly #port: number
  readonly #secret: string
  readonly #people: readonly Person[]
  readonly #waiting = new Map<number, (bytes: Buffer) => void>()
  #next = 0

  private constructor(socket: Socket, to: { port: number; secret: string }, people: readonly Person[]) {
    this.#socket = socket
    this.#port = to.port
    this.#secret = to.secret
    this.#people = people
    socket.on('message', (bytes) => this.#waiting.get(bytes[1] ?? 0)?.(bytes))
  }

  static async open(to: { port: number; secret: string }, people: readonly Person[]): Promise<RadiusLogins> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new RadiusLogins(socket, to, people)
  }

  /** @param at sign-ins under way at once; identifiers allow 256 */
  async run(at: number, total: number): Promise<void> {
    let left = total
    const lane = async (identifier: number) => {
      while (left-- > 0) await this.#login(identifier)
    }
    await Promise.all(Array.from({ length: at }, (_, identifier) => lane(identifier)))
  }

  async #login(identifier: number): Promise<void> {
    const { username } = this.#people[this.#next++ % this.#people.length] as Person
    const bytes = radiusRequest({
      secret: this.#secret,
      identifier,
      password: PASSWORD,
      attributes: [
        { type: USER_NAME, value: username },
        { type: CALLING_STATION, value: '203.0.113.7' },
      ],
    })
    const answered = new Promise<Buffer>((resolve) => this.#waiting.set(identifier, resolve))
    this.#socket.send(bytes, this.#port, '127.0.0.1')
    const { code } = readAnswer(await answered, bytes, this.#secret)
    if (code !== ACCEPT) throw new Error(`${username} was answered ${code}`)
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }
}

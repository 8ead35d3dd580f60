// A connection whose own words wait, once it is told so, until the other side has said something. Node's TLS sends
// session tickets right after the handshake and can't be told not to: FreeRADIUS 3.2.1 and before, where it runs
// threads, reads them with a blocking socket while it holds the lock that its own request waits for, and is stuck.
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

type Done = (error?: Error | null) => void

export class HeldBack extends Duplex {
  readonly #socket: Socket
  #isHeld = false
  #waiting: (() => void) | undefined

  constructor(socket: Socket) {
    super()
    this.#socket = socket
    socket.on('data', (bytes) => this.push(bytes) || socket.pause())
    socket.once('end', () => this.push(null))
    socket.once('error', (error) => this.destroy(error))
    socket.once('close', () => this.destroy())
  }

  hold(): void {
    this.#isHeld = true
  }

  letGo(): void {
    this.#isHeld = false
    this.#waiting?.()
    this.#waiting = undefined
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(bytes: Buffer, _encoding: string, done: Done): void {
    const write = () => void this.#socket.write(bytes, done)
    if (this.#isHeld) this.#waiting = write
    else write()
  }

  override _final(done: Done): void {
    this.letGo()
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#socket.destroySoon()
    done(error)
  }
}

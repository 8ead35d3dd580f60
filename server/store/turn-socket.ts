// A connection that sends at the end of the turn of the event loop what was written in it: what is asked together leaves
// in one packet, by one system call.
import { Socket } from 'node:net'

export class TurnSocket extends Socket {
  #isEnding = false

  override uncork(): void {
    // Node waits for this before it ends a socket, and would wait for ever if it came later.
    if (this.#isEnding) super.uncork()
    else setImmediate(() => super.uncork())
  }

  override end(...given: unknown[]): this {
    this.#isEnding = true
    return super.end(...(given as []))
  }
}

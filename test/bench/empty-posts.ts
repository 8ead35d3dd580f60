// The measure beside which our calls are timed: empty POSTs through the same libraries, client and load.
import { Pool } from 'undici'
import { type Child, processorSeconds, start } from './processes.ts'

export class EmptyPosts {
  readonly #server: Child<never, { origin: string }>
  readonly #pool: Pool
  /** Milliseconds each. */
  readonly times: number[] = []

  private constructor(origin: string, server: Child<never, { origin: string }>, lanes: number) {
    this.#server = server
    this.#pool = new Pool(origin, { connections: lanes })
  }

  static async open(lanes: number): Promise<EmptyPosts> {
    const server = start<never, { origin: string }>('hono-main.ts')
    return new EmptyPosts((await server.next()).origin, server, lanes)
  }

  /** Seconds of processor time that the server has used. */
  used(): number {
    return processorSeconds(this.#server.pid)
  }

  async run(lanes: number, total: number): Promise<void> {
    let left = total
    const lane = async () => {
      while (left-- > 0) await this.post()
    }
    await Promise.all(Array.from({ length: lanes }, lane))
  }

  async post(): Promise<void> {
    const before = performance.now()
    const { body } = await this.#pool.request({ method: 'POST', path: '/', body: '{}' })
    await body.dump()
    this.times.push(performance.now() - before)
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
    this.#server.stop()
  }
}

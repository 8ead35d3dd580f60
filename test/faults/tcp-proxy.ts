// A network between the server and its PostgreSQL that loses connections.

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'

export class TcpProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #isDumb = false
  /** of the database, by way of this */
  readonly url: string

  private constructor(server: Server, behind: URL) {
    this.#server = server
    const url = new URL(behind)
    url.port = String((server.address() as AddressInfo).port)
    this.url = url.href
  }

  static async open(databaseUrl: string): Promise<TcpProxy> {
    const behind = new URL(databaseUrl)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const proxy = new TcpProxy(server, behind)
    server.on('connection', (near) => {
      proxy.#join(near, connect(Number(behind.port), behind.hostname))
      if (proxy.#isDumb) proxy.silence()
    })
    return proxy
  }

  /** How many there are. */
  get open(): number {
    return this.#pairs.size
  }

  #join(near: Socket, far: Socket): void {
    const pair = [near, far] as const
    this.#pairs.add(pair)
    near.pipe(far)
    far.pipe(near)
    for (const socket of pair) {
      socket.on('error', () => {})
      socket.once('close', () => this.#part(pair))
    }
  }

  #part(pair: readonly [Socket, Socket]): void {
    this.#pairs.delete(pair)
    for (const socket of pair) socket.destroy()
  }

  /** Cuts the one that has been there longest. @returns whether there was one */
  cut(): boolean {
    const [oldest] = this.#pairs
    if (oldest) this.#part(oldest)
    return oldest !== undefined
  }

  /** From now on those that are there carry nothing, and nobody is told; new ones work. */
  silence(): void {
    for (const [near, far] of this.#pairs) {
      near.unpipe(far)
      far.unpipe(near)
      // Read on, for whoever writes would notice otherwise.
      near.resume()
      far.resume()
    }
  }

  /** New ones are taken, and carry nothing either. */
  silenceNew(isDumb: boolean): void {
    this.#isDumb = isDumb
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pair of this.#pairs) this.#part(pair)
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

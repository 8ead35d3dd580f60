// A proxy between an application's server and ours, with the faults that proxies have.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Wire } from './wire-call.ts'

/**
 * `pass`: as it should be. `hold`: a stream is kept back until its end. `cut`: a stream ends after its first word.
 * `stall`: a stream falls silent after its first word, and stays open. `lose`: the call is made, and its answer lost. `page`: answers 502 itself. `lead-away`: redirects.
 */
export type Fault = 'pass' | 'hold' | 'cut' | 'stall' | 'lose' | 'page' | 'lead-away'

export class FaultyProxy implements AsyncDisposable {
  readonly url: string
  /** what passed, as 'GET /api/v1/…' without ids */
  readonly calls: string[] = []
  /** how streams were left by whoever read them */
  readonly hungUp: Promise<void>
  #behind: Wire
  readonly #faults: Fault[]
  readonly #server: ReturnType<typeof createServer>
  #hangUp = () => {}

  private constructor(server: ReturnType<typeof createServer>, behind: Wire, faults: Fault[]) {
    this.#server = server
    this.#behind = behind
    this.#faults = faults
    this.url = `http://localhost:${(server.address() as AddressInfo).port}`
    this.hungUp = new Promise((resolve) => {
      this.#hangUp = resolve
    })
    server.on('request', (incoming, outgoing) => this.#pass(incoming, outgoing))
  }

  /** @param faults one a call, the last one for all that follow */
  static async before(behind: Wire, faults: Fault[]): Promise<FaultyProxy> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    return new FaultyProxy(server, behind, [...faults])
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const fault = (this.#faults.length > 1 ? this.#faults.shift() : this.#faults[0]) ?? 'pass'
    this.calls.push(`${incoming.method} ${incoming.url?.replace(/req_\w+/, '{id}')}`)
    if (fault === 'page') return void outgoing.writeHead(502, { 'Content-Type': 'text/html' }).end('<p>Bad gateway')
    if (fault === 'lead-away') return void outgoing.writeHead(307, { Location: 'http://localhost:9/' }).end()
    const { origin, port } = this.#behind
    const headers = { ...incoming.headers, host: new URL(origin).host }
    const { method, url: path } = incoming
    const onward = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      if (fault === 'lose') return void answer.resume().once('end', () => outgoing.destroy())
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      outgoing.flushHeaders()
      const isStream = answer.headers['content-type'] === 'text/event-stream'
      if (isStream && fault === 'cut') answer.once('data', (chunk) => outgoing.end(chunk, () => onward.destroy()))
      else if (isStream && fault === 'stall')
        answer.once('data', (chunk) => outgoing.write(chunk, () => answer.resume()))
      else if (isStream && fault === 'hold') keepBack(answer, outgoing).catch(() => outgoing.destroy())
      else answer.pipe(outgoing)
      answer.once('error', () => outgoing.destroy())
    })
    onward.once('error', () => outgoing.destroy())
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) this.#hangUp()
      onward.destroy()
    })
    incoming.pipe(onward)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

async function keepBack(answer: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  outgoing.end(Buffer.concat(chunks))
}

// A reader of server-sent events (WHATWG HTML §9.2.6), event by event.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { send, type Wire } from './wire-call.ts'

export type StreamEvent<Data> = { event: string; id: string | undefined; data: Data }

export class WireStream<Data> implements AsyncDisposable {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly #answer: IncomingMessage
  readonly #blocks: AsyncGenerator<string>

  constructor(answer: IncomingMessage) {
    this.status = answer.statusCode ?? 0
    this.headers = answer.headers
    this.#answer = answer
    this.#blocks = blocksOf(answer)
  }

  /** The next event; undefined when the server has ended the stream. */
  async next(): Promise<StreamEvent<Data> | undefined> {
    for (;;) {
      const block = await this.nextBlock()
      if (block === undefined) return undefined
      if (block.startsWith(':')) continue
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      return { event: field('event') ?? '', id: field('id'), data: JSON.parse(field('data') ?? '') as Data }
    }
  }

  /** The next event or comment as it stands on the wire. */
  async nextBlock(): Promise<string | undefined> {
    const { value, done } = await this.#blocks.next()
    return done ? undefined : value
  }

  /** Reads until an event fits. */
  async until(fits: (data: Data) => boolean): Promise<StreamEvent<Data>> {
    for (let next = await this.next(); next; next = await this.next()) if (fits(next.data)) return next
    throw new Error('the stream ended before the event that was waited for')
  }

  /** Resolves when the server has ended the stream. */
  async ended(): Promise<void> {
    while (await this.next());
  }

  close(): void {
    this.#answer.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

export async function openStream<Data>(
  wire: Wire,
  path: string,
  headers: Record<string, string>,
): Promise<WireStream<Data>> {
  return new WireStream<Data>(await send(wire, 'GET', path, { headers }))
}

async function* blocksOf(answer: IncomingMessage): AsyncGenerator<string> {
  let text = ''
  answer.setEncoding('utf8')
  for await (const chunk of answer) {
    text += chunk as string
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      yield text.slice(0, end)
      text = text.slice(end + 2)
    }
  }
}

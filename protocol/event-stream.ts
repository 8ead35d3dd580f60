// Reads text/event-stream from a fetch: EventSource can send no proof, and repeats its request by itself.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

export type ServerEvent = { event: string; data: string; id: string }

/** Feeds on text in pieces of any size and gives whole events. */
export class EventParser {
  #rest = ''
  #event = ''
  #data: string[] = []
  #id = ''

  push(text: string): ServerEvent[] {
    // A carriage return at the end may be the first half of a line break.
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() ?? ''
    return lines.flatMap((line) => this.#line(line))
  }

  #line(line: string): ServerEvent[] {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) return []
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') this.#event = value
    if (name === 'data') this.#data.push(value)
    if (name === 'id' && !value.includes('\0')) this.#id = value
    return []
  }

  #dispatch(): ServerEvent[] {
    const event = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id }
    const isEmpty = this.#data.length === 0
    this.#event = ''
    this.#data = []
    return isEmpty ? [] : [event]
  }
}

type Reader = { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }> }

/** Ends where the stream ends. @param next reads once more; a place for a time limit */
export async function* readEvents(
  reader: Reader,
  next: (reader: Reader) => ReturnType<Reader['read']>,
): AsyncGenerator<ServerEvent> {
  const parser = new EventParser()
  const decoder = new TextDecoder()
  for (;;) {
    const { done, value } = await next(reader)
    if (done) return
    yield* parser.push(decoder.decode(value, { stream: true }))
  }
}

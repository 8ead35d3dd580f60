// An answer with the headers that every answer has: they are put where its head is written. Set one by one beforehand they
// would cost more than all else of it, and each page that waits would keep them beside the head they are in.
import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http'

export class Answer<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  /** So that a person's report, an answer and the log can be brought together. */
  readonly callId = randomUUID()
}

/** @param defaults an answer may say otherwise where it must @returns for `createServer` */
export function answering(defaults: Record<string, string>): typeof Answer {
  const spelt = new Map([...Object.keys(defaults), ID].map((name) => [name.toLowerCase(), name]))

  return class<Request extends IncomingMessage> extends Answer<Request> {
    override writeHead(status: number, ...said: unknown[]): this {
      const all: OutgoingHttpHeaders = { ...defaults, [ID]: this.callId }
      const [own = {}] = said
      if (!isPlain(own) || this.getHeaderNames().length > 0) return this.#writeSet(status, said, all)
      // Node would send both where a header's name is spelt in two ways.
      for (const [name, value] of Object.entries(own)) all[spelt.get(name.toLowerCase()) ?? name] = value
      return super.writeHead(status, all)
    }

    /** Where somebody else's library sets its headers one by one. */
    #writeSet(status: number, said: readonly unknown[], all: OutgoingHttpHeaders): this {
      for (const [name, value] of Object.entries(all)) if (!this.hasHeader(name)) this.setHeader(name, value ?? '')
      return super.writeHead(status, ...(said as [OutgoingHttpHeaders]))
    }
  }
}

const ID = 'X-Request-Id'

const isPlain = (own: unknown): own is OutgoingHttpHeaders => typeof own === 'object' && !Array.isArray(own)

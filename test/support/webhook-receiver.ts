// A receiver of webhooks as an organisation has it: real HTTP, verified by the library of Standard Webhooks.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { Arrivals } from './arrivals.ts'

export type ReceivedEvent = {
  id: string
  type: string
  data: Record<string, unknown>
  headers: Record<string, string>
  body: string
}

export class WebhookReceiver implements AsyncDisposable {
  /** what was let in */
  readonly events = new Arrivals<ReceivedEvent>('event', ({ type, id }) => `${type} ${id}`)
  /** what it answers, by how many calls it was */
  readonly calls = new Arrivals<{ id: string }>('call')
  status = 204
  location: string | undefined
  readonly #server = createServer((request, response) => {
    this.#take(request).then(
      () => response.writeHead(this.status, this.location === undefined ? {} : { location: this.location }).end(),
      (error: Error) => response.writeHead(500).end(error.message),
    )
  })

  static async start(port = 0): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver()
    await new Promise<void>((resolve) => receiver.#server.listen(port, '127.0.0.1', resolve))
    return receiver
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async #take(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const { type, data } = JSON.parse(body) as Pick<ReceivedEvent, 'type' | 'data'>
    const id = headers['webhook-id'] ?? ''
    if (this.status < 300) this.events.add({ id, type, data, headers, body })
    this.calls.add({ id })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** Whether the library lets it in. The clock of the test is not the library's: its time is checked apart. */
export function verifies({ headers, body }: ReceivedEvent, secret: string, at: number): boolean {
  const realNow = Date.now
  Date.now = () => at
  try {
    new Webhook(secret).verify(body, headers)
    return true
  } catch {
    return false
  } finally {
    Date.now = realNow
  }
}

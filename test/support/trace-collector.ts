// A collector of traces as OpenTelemetry has them: OTLP over real HTTP, written from its specification alone.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Arrivals } from './arrivals.ts'

type Value = { stringValue?: string; intValue?: string; boolValue?: boolean }
export type CollectedSpan = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: { key: string; value: Value }[]
}
type Sent = {
  resourceSpans: {
    resource: { attributes: { key: string; value: Value }[] }
    scopeSpans: { spans: CollectedSpan[] }[]
  }[]
}

export class TraceCollector implements AsyncDisposable {
  readonly spans = new Arrivals<CollectedSpan>('span', ({ name }) => name)
  /** all that was sent, as it came */
  text = ''
  headers: Record<string, unknown> = {}
  service: string | undefined
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      if (request.method !== 'POST' || request.url !== '/v1/traces') return void response.writeHead(404).end()
      const text = Buffer.concat(chunks).toString()
      this.text += text
      this.headers = request.headers
      for (const { resource, scopeSpans } of (JSON.parse(text) as Sent).resourceSpans) {
        this.service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue
        for (const span of scopeSpans.flatMap(({ spans }) => spans)) this.spans.add(span)
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })

  static async start(): Promise<TraceCollector> {
    const collector = new TraceCollector()
    await new Promise<void>((resolve) => collector.#server.listen(0, '127.0.0.1', resolve))
    return collector
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

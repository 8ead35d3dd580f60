// Spans on their way to a collector: OTLP over HTTP in its JSON form.
// https://opentelemetry.io/docs/specs/otlp/#otlphttp
import type { Clock } from '../clock.ts'
import type { TracesConfig } from '../config.ts'
import type { Logger } from '../log.ts'

export type Span = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  /** milliseconds since the epoch */
  start: number
  end: number
  attributes: Record<string, string | number | boolean>
}

export type Exporter = {
  add(span: Span): void
  /** Until the server stops, and what is left then. */
  run(stopping: AbortSignal): Promise<void>
}

/** Beyond these the newest are let go of: a collector that is out costs no memory. */
const MOST_WAITING = 4096
const AT_ONCE = 512
const EVERY_MS = 2000
const ANSWER_WITHIN_MS = 5000

export function otlpExporter(to: TracesConfig, { clock, log }: { clock: Clock; log: Logger }): Exporter {
  const waiting: Span[] = []

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) if (!(await send(waiting.splice(0, AT_ONCE)))) return
  }

  async function send(spans: readonly Span[]): Promise<boolean> {
    const late = new AbortController()
    const answered = new AbortController()
    clock.after(ANSWER_WITHIN_MS, answered.signal).then(
      () => late.abort(),
      () => {},
    )
    try {
      const headers = { 'Content-Type': 'application/json', ...to.headers }
      const body = JSON.stringify(documentOf(to.service, spans))
      const { ok, status } = await fetch(to.url, {
        method: 'POST',
        headers,
        body,
        signal: late.signal,
        redirect: 'error',
      })
      if (!ok) log.warn({ status, spans: spans.length }, 'traces were not taken')
      return ok
    } catch (error) {
      log.warn({ err: error, spans: spans.length }, 'traces could not be sent')
      return false
    } finally {
      answered.abort()
    }
  }

  return {
    add: (span) => void (waiting.length < MOST_WAITING && waiting.push(span)),
    run: async (stopping) => {
      while (!stopping.aborted) {
        await clock.after(EVERY_MS, stopping).catch(() => undefined)
        await sendAll()
      }
    },
  }
}

const INTERNAL = 1

function documentOf(service: string, spans: readonly Span[]) {
  const resource = { attributes: attributesOf({ 'service.name': service }) }
  const written = spans.map(({ start, end, attributes, ...span }) => ({
    ...span,
    kind: INTERNAL,
    startTimeUnixNano: `${start}000000`,
    endTimeUnixNano: `${end}000000`,
    attributes: attributesOf(attributes),
  }))
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'countersign' }, spans: written }] }] }
}

function attributesOf(attributes: Span['attributes']) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: typed(value) }))
}

/** 64-bit numbers are text in the JSON form of protocol buffers. */
function typed(value: string | number | boolean) {
  if (typeof value === 'boolean') return { boolValue: value }
  return typeof value === 'number' ? { intValue: String(value) } : { stringValue: value }
}

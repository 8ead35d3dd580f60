// One trace for each request to sign in, across door, push and decision and whatever processes they happen in: its ids
// follow from the request's own, so nothing has to be carried along. Ids and states only: nobody is named.
import { createHash } from 'node:crypto'
import { hex } from '../../protocol/encoding.ts'
import type { RandomBytes } from '../../protocol/ids.ts'
import type { Clock } from '../clock.ts'
import type { TracesConfig } from '../config.ts'
import type { Logger } from '../log.ts'
import { serviceOf } from '../metrics/labels.ts'
import type { Deliver } from '../push/deliver.ts'
import type { Sightings } from '../watching/sightings.ts'
import { otlpExporter, type Span } from './otlp.ts'

type Needs = { clock: Clock; random: RandomBytes; log: Logger }
export type Traces = ReturnType<typeof openTraces>

export function openTraces(to: TracesConfig, { clock, random, log }: Needs) {
  const exporter = otlpExporter(to, { clock, log })

  function add(request: string, span: Pick<Span, 'name' | 'start' | 'attributes'> & { end?: number }): void {
    const { traceId, rootId } = idsOf(request)
    exporter.add({ end: clock.now(), ...span, traceId, parentSpanId: rootId, spanId: hex(random(8)) })
  }

  const sightings: Sightings = {
    asked: ({ id, purpose, created_at, door }) =>
      add(id, {
        name: 'ask',
        start: created_at,
        attributes: { 'countersign.purpose': purpose, 'countersign.door': door },
      }),
    settled: ({ id, state, reason, purpose, created_at, settled_at }) => {
      const end = settled_at ?? clock.now()
      const attributes = { 'countersign.state': state, ...(reason && { 'countersign.reason': reason }) }
      const { traceId, rootId } = idsOf(id)
      const whole = { 'countersign.request': id, 'countersign.purpose': purpose, ...attributes }
      exporter.add({ traceId, spanId: rootId, name: 'login request', start: created_at, end, attributes: whole })
      add(id, { name: 'settle', start: end, attributes })
    },
  }

  return {
    sightings,
    run: exporter.run,
    /** The same, told of each push that is about a request. */
    tracing:
      (deliver: Deliver): Deliver =>
      async (job, subscription) => {
        const start = clock.now()
        const verdict = await deliver(job, subscription)
        if (job.request_id === null) return verdict
        const service = subscription ? serviceOf(subscription.endpoint) : 'none'
        const attributes = { 'push.service': service, 'push.verdict': verdict.kind, 'push.attempts': job.attempts }
        add(job.request_id, { name: `push ${job.kind}`, start, attributes })
        return verdict
      },
  }
}

/** Of 16 and 8 bytes (W3C Trace Context §3.2.2). */
function idsOf(request: string): { traceId: string; rootId: string } {
  const digest = createHash('sha256').update(request).digest('hex')
  return { traceId: digest.slice(0, 32), rootId: digest.slice(32, 48) }
}

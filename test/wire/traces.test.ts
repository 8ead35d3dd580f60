// One sign-in as a collector of traces sees it.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { startServer } from '../support/server.ts'
import { type CollectedSpan, TraceCollector } from '../support/trace-collector.ts'
import { programOf } from '../support/wire-operator.ts'
import { pushHouse } from '../support/wire-pushes.ts'

const FLUSH = 2000

describe.each(ENGINES)('a trace on %s', (engine) => {
  const collected: { by?: TraceCollector } = {}
  const env = () => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collected.by?.url}/`,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc',
    OTEL_SERVICE_NAME: 'login',
  })
  beforeAll(async () => {
    collected.by = await TraceCollector.start()
  })
  afterAll(() => collected.by?.[Symbol.asyncDispose]())
  const pushes = pushHouse(engine, { env })
  const { house } = pushes

  it('is one for each request, across door, push and decision, and names nobody', async () => {
    const collector = collected.by as TraceCollector
    const person = await pushes.subscribed()
    const asked = await house.ask(person)
    const { created, shown, device } = asked
    await pushes.next(person)
    await house.clock.advance(4000)
    await device.decide(shown, 'approve', created.number)
    const next = async (name: string): Promise<CollectedSpan> => {
      const span = collector.spans.next((one) => one.name === name)
      // Sent in batches: time has to pass, however long the push takes to be written down.
      for (let isThere = false; !isThere; isThere = collector.spans.all.some((one) => one.name === name))
        await house.clock.advance(FLUSH)
      return span
    }
    const whole = await next('login request')
    const parts = [await next('ask'), await next('push login-request'), await next('settle')]

    const digest = createHash('sha256').update(created.id).digest('hex')
    expect([whole.traceId, whole.spanId]).toEqual([digest.slice(0, 32), digest.slice(32, 48)])
    expect(whole).not.toHaveProperty('parentSpanId')
    for (const { traceId, spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano } of parts) {
      expect([traceId, parentSpanId]).toEqual([whole.traceId, whole.spanId])
      expect(spanId).toMatch(/^[0-9a-f]{16}$/)
      expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano))
    }
    expect(Number(BigInt(whole.endTimeUnixNano) - BigInt(whole.startTimeUnixNano))).toBe(4e9)
    expect(whole.attributes).toContainEqual({ key: 'countersign.state', value: { stringValue: 'approved' } })
    expect(parts[0]?.attributes).toContainEqual({ key: 'countersign.door', value: { stringValue: 'rest' } })
    expect(parts[1]?.attributes).toContainEqual({ key: 'push.verdict', value: { stringValue: 'sent' } })
    expect([collector.service, collector.headers.authorization]).toEqual(['login', 'Bearer abc'])
    for (const secret of [person.username, created.secret, device.id, person.subscription.endpoint])
      expect(collector.text).not.toContain(secret)
  })

  it('says by which door the question came, where no application asked it', async () => {
    const collector = collected.by as TraceCollector
    const { username, device } = await house.person()
    const desk = await programOf(house.server, 'help-desk')
    const id = await house.server.idOf(username)
    const reason = { reason: 'Somebody is on the line' }
    const { body } = await desk.call<{ request: string; number: string }>('POST', `/users/${id}/verify-caller`, reason)
    await device.decide((await device.request(body.request)).body, 'approve', body.number)
    const traceId = createHash('sha256').update(body.request).digest('hex').slice(0, 32)
    const ours = () => collector.spans.all.filter((span) => span.traceId === traceId)
    while (ours().length < 3) await house.clock.advance(FLUSH)
    expect(ours().map(({ name }) => name)).toEqual(['ask', 'login request', 'settle'])
    const said = (key: string, value: string) => ({ key: `countersign.${key}`, value: { stringValue: value } })
    const [ask, whole] = ours()
    expect(ask?.attributes).toEqual([said('purpose', 'verify-caller'), said('door', 'help-desk')])
    expect(whole?.attributes).toContainEqual(said('state', 'approved'))
  })
})

it('are not made where nobody collects them, and a collector that is out stops nobody', async () => {
  await using without = await startServer('sqlite')
  expect(without.running.parts.traces).toBeUndefined()
  await using server = await startServer('sqlite', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' } })
  const application = await server.application()
  const username = await server.user()
  await server.device(username)
  const { id } = await application.ask(username)
  expect((await application.cancel(id)).status).toBe(204)
  await server.close()
  expect(server.lines.map((line) => JSON.parse(line).message)).toContain('traces could not be sent')
})

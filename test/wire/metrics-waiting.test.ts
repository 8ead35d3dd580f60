// What waits to be told to others, and how push services answered, as Prometheus reads it.
import { describe, expect, it } from 'vitest'
import { type ApplicationId, newId } from '../../protocol/ids.ts'
import { openMeters } from '../../server/metrics/meters.ts'
import type { PushSender } from '../../server/push/send.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { freePort } from '../support/free-port.ts'
import { metricValue } from '../support/metric-value.ts'
import { pushHouse } from '../support/wire-pushes.ts'

const PORT = await freePort()
const SERVICES = [
  ['google', 'https://fcm.googleapis.com/fcm/send/x'],
  ['mozilla', 'https://updates.push.services.mozilla.com/wpush/v2/x'],
  ['apple', 'https://web.push.apple.com/x'],
  ['microsoft', 'https://wns2-par02p.notify.windows.com/w/?token=x'],
  ['other', 'https://push.example.org/fcm.googleapis.com'],
] as const

describe.each(ENGINES)('metrics of what waits, on %s', (engine) => {
  const pushes = pushHouse(engine, { env: { COUNTERSIGN_METRICS: `127.0.0.1:${PORT}` } })
  const { house } = pushes
  const told = async (series: string) =>
    metricValue(await (await fetch(`http://127.0.0.1:${PORT}/metrics`)).text(), `countersign_${series}`) || 0
  const answered = (outcome: string, status: number) => `{service="other",outcome="${outcome}",status="${status}"}`

  it('count how a push service answered and how long it took, and the push that waits for it', async () => {
    const of = await pushes.subscribed()
    const stopSlowness = pushes.service.onMessage(() => house.clock.advance(2000))
    await house.ask(of)
    await pushes.next(of)
    stopSlowness()
    await expect.poll(() => told(`push_seconds_count${answered('accepted', 201)}`)).toBe(1)
    expect(await told(`push_seconds_sum${answered('accepted', 201)}`)).toBe(2)
    expect([await told('outbox_jobs'), await told('outbox_oldest_seconds')]).toEqual([0, 0])

    pushes.service.faults.push({ status: 429, headers: { 'retry-after': '3' } }, { hang: true })
    await house.ask(of)
    await expect.poll(() => told(`push_seconds_count${answered('retry', 429)}`)).toBe(1)
    expect(await told(`push_seconds_count${answered('accepted', 201)}`)).toBe(1)
    expect([await told('outbox_jobs'), await told('outbox_oldest_seconds')]).toEqual([1, 0])
    await pushes.untilDue(of)
    await pushes.service.nextAttempt(({ outcome }) => outcome === 'hung')
    await house.clock.advance(5000)
    expect([await told('outbox_jobs'), await told('outbox_oldest_seconds')]).toEqual([1, 5])
  })

  it('count messages to webhooks, mails and sign-outs that wait, and none that are over', async () => {
    const { store } = house.server.running.parts
    const { id: application } = house.application
    const user_id = newId('usr', house.server.running.parts.random)
    // Due when nobody who runs here looks any more.
    const times = { due_at: 2 ** 50, expires_at: 2 ** 50, claimed_until: 0, attempts: 0 }
    const finished = { created_at: 0, finished_at: null, error: null }
    const mail = { ...times, ...finished, template: 'test', recipient: 'bea@example.org', user_id: null, about: null }
    const delivery = { ...times, ...finished, webhook_id: 'w', event_id: 'e', kind: 'report', status: null }
    const notice = {
      ...times,
      kind: 'logout' as const,
      user_id,
      subject: 'sid',
      application_id: application as ApplicationId,
    }
    const unsent = { sealed_values: null, tried_at: null }
    await store.write(async (tx) => {
      for (const [n, state] of (['waiting', 'sent', 'failed', 'cancelled'] as const).entries())
        await tx
          .insertInto('mails')
          .values({ ...mail, ...unsent, id: `m${n}`, state })
          .execute()
      for (const [n, state] of (['waiting', 'delivered', 'waiting', 'failed'] as const).entries())
        await tx
          .insertInto('webhook_deliveries')
          .values({ ...delivery, id: `d${n}`, state })
          .execute()
      for (const id of ['n1', 'n2', 'n3'])
        await tx
          .insertInto('oidc_notices')
          .values({ ...notice, id })
          .execute()
    })
    const waiting = await Promise.all(['mail', 'webhooks', 'oidc'].map((to) => told(`backlog_jobs{to="${to}"}`)))
    expect(waiting).toEqual([1, 2, 3])
  })
})

it('a push is counted under the service whose endpoint it went to', async () => {
  const clock = new ManualClock()
  const meters = openMeters({ clock, hasSyslog: false })
  const answers: PushSender = { send: async () => ({ kind: 'accepted', status: 201 }), breakOff: () => {} }
  const sender = meters.timing(answers)
  for (const [, endpoint] of SERVICES)
    await sender.send({
      endpoint,
      body: new Uint8Array(),
      authorization: '',
      ttl: 1,
      topic: undefined,
      keyIsCurrent: true,
    })
  const text = await meters.text()
  const count = (service: string) =>
    metricValue(text, `countersign_push_seconds_count{service="${service}",outcome="accepted",status="201"}`) || 0
  expect(SERVICES.map(([service]) => count(service))).toEqual([1, 1, 1, 1, 1])
})

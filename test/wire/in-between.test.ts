// What happens between a look at the store and what is written by it: the guards that hold then, each by itself.
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { RequestId, TokenId, UserId } from '../../protocol/ids.ts'
import type { Created } from '../../server/requests/create.ts'
import { decide } from '../../server/requests/decide.ts'
import { noteDelivery } from '../../server/requests/deliveries.ts'
import { onceOnly } from '../../server/requests/idempotency.ts'
import { reportAll } from '../../server/requests/report.ts'
import { requestRow } from '../../server/requests/rows.ts'
import type { Store } from '../../server/store/store.ts'
import { ENGINES } from '../support/engines.ts'
import { afterReading, beforeReading, beforeWriting } from '../support/interrupted-store.ts'
import { said } from '../support/wire-call.ts'
import { newJti } from '../support/wire-crypto.ts'
import { wireHouse } from '../support/wire-house.ts'

const HERE = '127.0.0.1'

describe.each(ENGINES)('in between, on %s', (engine) => {
  const house = wireHouse(engine)
  const on = (store: Store) => ({ ...house.server.running.parts, store })
  const stateOf = async (id: string) => (await house.application.read(id)).body.state
  const refused = (slug: string) => expect.objectContaining({ slug })

  it('a token is suspended: it approves nothing', async () => {
    const { device, shown, created } = await house.asked()
    const suspended = beforeWriting(house.server.store, () =>
      house.server.store.write((tx) =>
        tx
          .updateTable('tokens')
          .set({ state: 'suspended' })
          .where('id', '=', device.token.id as TokenId)
          .execute(),
      ),
    )
    const jws = device.signed(device.statement(shown, 'approve', created.number))
    await expect(decide(on(suspended), jws, HERE)).rejects.toEqual(refused('token-inactive'))
    expect(await stateOf(created.id)).toBe('pending')
  })

  it('a device says something else under the same jti, for somebody else who has a token there', async () => {
    const { username, device } = await house.person()
    const other = await house.server.user()
    await device.enrol(await house.server.code(other))
    const [one, two] = [await house.ask({ username, device }), await house.ask({ username: other, device })]
    const jti = newJti()
    const denying = ({ shown }: typeof one) => device.signed({ ...device.statement(shown, 'deny'), jti })
    const late = beforeWriting(house.server.store, async () =>
      expect(said(await device.send(denying(one)))).toBe('200'),
    )
    await expect(decide(on(late), denying(two), HERE)).rejects.toEqual(refused('replayed-proof'))
    expect([await stateOf(one.created.id), await stateOf(two.created.id)]).toEqual(['denied', 'pending'])
  })

  it('the same decision arrives once more: both are told the same', async () => {
    const { device, shown, created } = await house.asked()
    const jws = device.signed(device.statement(shown, 'approve', created.number))
    const twin = beforeReading(house.server.store, 'login_requests', () => device.send(jws))
    expect(await decide(on(twin), jws, HERE)).toEqual({ status: 200, body: { state: 'approved', reason: null } })
    expect((await house.application.read(created.id)).body).toMatchObject({ state: 'approved', version: 2 })
  })

  it('a report ends what was asked since it looked', async () => {
    const asked = await house.asked()
    const { store } = house.server
    const reported = await requestRow(store.read, asked.created.id as RequestId)
    if (!reported) throw new Error('not asked')
    let since = ''
    const late = afterReading(store, `"state" = 'pending'`, async () => {
      since = (await house.application.ask(asked.username)).id
    })
    const report = () => reportAll(on(late), reported, { device: asked.device.id as never })
    // The first is overtaken, and looks again.
    expect([await report(), await report()]).toEqual([undefined, { state: 'denied', reason: 'not_me' }])
    expect([await stateOf(asked.created.id), await stateOf(since)]).toEqual(['denied', 'denied'])
  })

  it('a push arrives after its request has ended: that wakes nobody', async () => {
    const [denied, expired] = [await house.asked(), await house.asked()]
    await denied.device.decide(denied.shown, 'deny')
    const { store } = house.server
    const rowOf = ({ created }: typeof denied) => requestRow(store.read, created.id as RequestId)
    const before = [await rowOf(denied), await rowOf(expired)]
    const note = ({ created }: typeof denied, now: number) =>
      store.write((tx, announce) => noteDelivery(tx, announce, created.id as RequestId, 'shown', now))
    await note(denied, house.clock.now())
    await note(expired, before[1]?.expires_at ?? 0)
    expect([await rowOf(denied), await rowOf(expired)]).toEqual(before)
    await note(expired, house.clock.now())
    expect(await rowOf(expired)).toMatchObject({ delivery: 'shown' })
  })

  it('a creation is sent again before the first has an answer', async () => {
    const { username } = await house.person()
    const parts = house.server.running.parts
    const keyed = { application: house.application.id as never, key: randomUUID(), body: Buffer.from(username) }
    let give = (_made: Created) => {}
    const making = new Promise<Created>((resolve) => {
      give = resolve
    })
    const begun = Promise.withResolvers<void>()
    const first = onceOnly(parts, keyed, () => {
      begun.resolve()
      return making
    })
    await begun.promise
    await expect(onceOnly(parts, keyed, () => making)).rejects.toEqual(refused('idempotency-in-progress'))
    give({ id: 'req_1' } as unknown as Created)
    expect(await first).toEqual({ json: '{"id":"req_1"}', replayed: false })
  })
})

describe.each(ENGINES)('the log of a report on %s', (engine) => {
  const house = wireHouse(engine)

  const decisionsOf = async (username: string): Promise<Record<string, string | undefined>> => {
    const user: UserId = await house.server.idOf(username)
    const entries = await house.server.store.read
      .selectFrom('audit')
      .select(['request_id', 'detail'])
      .where('user_id', '=', user)
      .where('kind', '=', 'denied')
      .execute()
    return Object.fromEntries(entries.map(({ request_id, detail }) => [request_id, JSON.parse(detail).decision]))
  }

  it('names the signed decision beside the request that it was about, and beside no other', async () => {
    const person = await house.person()
    const [reported, other] = [await house.ask(person), await house.ask(person)]
    const jti = newJti()
    await person.device.decide(reported.shown, 'report', null, { jti })
    expect(await decisionsOf(person.username)).toEqual({ [reported.created.id]: jti, [other.created.id]: undefined })
  })

  it('names it beside none that another device had decided', async () => {
    const { username, device } = await house.person()
    const tablet = await house.server.device(username)
    const asked = await house.ask({ username, device })
    const { body: there } = await tablet.request(asked.created.id)
    await house.approved(asked)
    expect(said(await tablet.decide(there, 'report'))).toBe('200')
    expect(await decisionsOf(username)).toEqual({ [asked.created.id]: undefined })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DeviceId, newId } from '../../protocol/ids.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import {
  newSealer,
  OPERATOR,
  QUIET,
  random,
  someDevice,
  someToken,
  someUser,
  withoutDevice,
} from '../../test/support/enrolled.ts'
import { recordOutcome } from '../push/record.ts'
import { subscriptionOf } from '../push/subscriptions.ts'
import type { Store, Topic } from '../store/store.ts'
import { findActiveDevice } from './device-rows.ts'
import {
  activeTokensOf,
  countDevicesOf,
  markTokenState,
  spendStep,
  type TokenRow,
  tokenRow,
  tokensOf,
} from './token-rows.ts'
import { totpKeyOf } from './token-secrets.ts'
import { giveUpToken, listTokens, renameToken, takeOne } from './tokens.ts'

const { act: _act, ...WHO } = OPERATOR.actor

describe.each(ENGINES)('tokens and devices on %s', (engine) => {
  const clock = new ManualClock('2026-01-01T00:00:00.000Z')
  const sealer = newSealer()
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  async function holder() {
    const user = await someUser(store)
    const device = (await someDevice(store)).row.id
    const token = (await someToken(store, { sealer, user: user.id, device })).row
    return { user, device, token }
  }
  const needs = () => ({ store, clock, random, ...QUIET })
  const taken = (row: TokenRow) => store.write((tx, announce) => takeOne(tx, { ...needs(), announce }, row, OPERATOR))
  const subscribe = (device: DeviceId) => {
    const keys = { p256dh: '', auth: '', vapid_key: '' }
    const values = { device_id: device, endpoint: 'https://push.example', ...keys, created_at: 0 }
    return store.write((tx) => tx.insertInto('subscriptions').values(values).execute())
  }
  const isReached = async (device: DeviceId) => (await subscriptionOf(store.read, device)) !== undefined
  const jobsOf = (device: DeviceId) =>
    store.read.selectFrom('outbox').selectAll().where('device_id', '=', device).execute()
  const eventsOf = async (user: string) =>
    (
      await store.read
        .selectFrom('security_events')
        .select(['kind', 'detail'])
        .where('user_id', '=', user as never)
        .orderBy('kind', 'desc')
        .execute()
    ).map(({ kind, detail }) => [kind, JSON.parse(detail)])

  /** Which of the topics are told during `work`. */
  async function told(topics: Topic[], work: () => Promise<unknown>): Promise<Topic[]> {
    const heard = new Set<Topic>()
    const all = Promise.all(
      topics.map(
        (topic) =>
          new Promise<void>((resolve) => {
            const stop = store.subscribe(topic, () => {
              heard.add(topic)
              stop()
              resolve()
            })
          }),
      ),
    )
    await work()
    await all
    return [...heard]
  }

  it('spend a step once, none before it, and none while they are suspended', async () => {
    const { token } = await holder()
    const spend = (step: number) => store.write((tx) => spendStep(tx, token.id, { step, drift: 0, at: 0 }))
    expect([await spend(7), await spend(7), await spend(6), await spend(8)]).toEqual([true, false, false, true])
    await store.write((tx) => markTokenState(tx, token.id, 'active', 'suspended'))
    expect(await spend(9)).toBe(false)
    expect(await tokenRow(store.read, token.id)).toMatchObject({ last_step: 8, state: 'suspended' })
  })

  it('are set from the state that they were seen in, and from no other', async () => {
    const { token } = await holder()
    const set = (from: TokenRow['state'], to: TokenRow['state']) =>
      store.write((tx) => markTokenState(tx, token.id, from, to))
    expect([await set('active', 'suspended'), await set('active', 'suspended')]).toEqual([true, false])
    await taken(token)
    expect(await set('suspended', 'active')).toBe(false)
    expect(await tokenRow(store.read, token.id)).toMatchObject({ state: 'revoked' })
  })

  it('are listed to their device as the protocol says', async () => {
    const { user, device, token } = await holder()
    await holder()
    expect(await listTokens({ store }, device)).toEqual([
      {
        id: token.id,
        label: 'Harbour',
        username: user.username,
        state: 'active',
        unlock: 'none',
        approval: 'standard',
        numberMatching: true,
        numberDigits: 2,
        otp: { digits: 6, period: 30 },
        createdAt: '1970-01-01T00:00:00.000Z',
        lastUsedAt: null,
      },
    ])
  })

  it('are renamed by their own device only', async () => {
    const { device, token } = await holder()
    const stranger = await holder()
    expect(await renameToken({ store }, { device, token: token.id, label: 'Work' })).toMatchObject({ label: 'Work' })
    expect(await listTokens({ store }, device)).toMatchObject([{ label: 'Work' }])
    await expect(
      renameToken({ store }, { device: stranger.device, token: token.id, label: 'Mine' }),
    ).rejects.toMatchObject({ slug: 'unknown-token' })
    expect(await listTokens({ store }, device)).toMatchObject([{ label: 'Work' }])
  })

  it('lose their keys when they are revoked; who waits for them is told', async () => {
    const { user, device, token } = await holder()
    const topics: Topic[] = [`device:${device}`, `user:${user.id}`]
    expect(totpKeyOf(sealer, token)).toHaveLength(20)
    expect(await told(topics, () => giveUpToken(needs(), token.id, device))).toHaveLength(2)
    expect(await tokenRow(store.read, token.id)).toMatchObject({ state: 'revoked', totp_key: '', ocra_key: '' })
    expect(await activeTokensOf(store.read, user.id)).toEqual([])
    expect(await listTokens({ store }, device)).toMatchObject([{ state: 'revoked' }])
    expect(await eventsOf(user.id)).toEqual([['token-revoked', { device, token: token.id, by: 'device' }]])
  })

  it('are revoked once, however often it is asked', async () => {
    const { user, device, token } = await holder()
    const revoke = () => giveUpToken(needs(), token.id, device)
    await Promise.all([revoke(), revoke(), revoke()])
    expect(await eventsOf(user.id)).toHaveLength(1)
  })

  it('are revoked by an operator, or by their own device only', async () => {
    const { device, token } = await holder()
    const stranger = await holder()
    const unknown = { slug: 'unknown-token' }
    await expect(giveUpToken(needs(), token.id, stranger.device)).rejects.toMatchObject(unknown)
    await expect(giveUpToken(needs(), newId('tok', random), device)).rejects.toMatchObject(unknown)
    expect(await tokenRow(store.read, token.id)).toMatchObject({ state: 'active' })
    await taken(token)
    expect(await tokenRow(store.read, token.id)).toMatchObject({ state: 'revoked' })
  })

  it('go with their device, and where its pushes went is known until the last of them', async () => {
    const { user, device, token } = await holder()
    const second = await someUser(store)
    await someToken(store, { sealer, user: second.id, device })
    await subscribe(device)
    await withoutDevice(store, clock, device)
    expect(await findActiveDevice(store.read, device)).toBeUndefined()
    expect((await listTokens({ store }, device)).map(({ state }) => state)).toEqual(['revoked', 'revoked'])
    // One for each of its people; it is forgotten with the last, whatever became of them.
    const left: number[] = []
    for (const job of await jobsOf(device)) {
      await recordOutcome({ store, onDelivery: async () => {} }, job, { kind: 'failed' })
      left.push(Number(await isReached(device)))
    }
    expect(left).toEqual([1, 0])
    expect(await eventsOf(user.id)).toEqual([
      ['token-revoked', { device, token: token.id, act: 'tokens.revoke', by: WHO }],
      ['device-revoked', { device, act: 'tokens.revoke', by: WHO }],
    ])
    expect((await eventsOf(second.id)).map(([kind]) => kind)).toEqual(['token-revoked', 'device-revoked'])
    await expect(withoutDevice(store, clock, device)).rejects.toMatchObject({
      slug: 'unknown-device',
    })
  })

  it('forgets where a device was reached though its last pushes end at once', async () => {
    const isReachedStill = async () => {
      const device = (await someDevice(store)).row.id
      for (const { id: user } of [await someUser(store), await someUser(store)])
        await someToken(store, { sealer, user, device })
      await subscribe(device)
      await withoutDevice(store, clock, device)
      const ended = (await jobsOf(device)).map((job, n) =>
        recordOutcome({ store, onDelivery: async () => {} }, job, { kind: n === 0 ? 'sent' : 'failed' }),
      )
      expect(ended).toHaveLength(2)
      await Promise.all(ended)
      return isReached(device)
    }
    // Each is a chance for the two to miss one another.
    const reached = await Promise.all(Array.from({ length: 12 }, isReachedStill))
    expect(reached).not.toContain(true)
  })

  it('forgets at once where a device was reached that held nothing any more', async () => {
    const { device, token } = await holder()
    await subscribe(device)
    await taken(token)
    await withoutDevice(store, clock, device)
    expect(await isReached(device)).toBe(false)
  })

  it('count as devices of a user for as long as one token of theirs is left', async () => {
    const { user, device, token } = await holder()
    const second = await someToken(store, { sealer, user: user.id, device })
    expect(await countDevicesOf(store.read, user.id)).toBe(1)
    expect(await countDevicesOf(store.read, user.id, device)).toBe(0)
    await taken(token)
    expect(await countDevicesOf(store.read, user.id)).toBe(1)
    await taken(second.row)
    expect(await countDevicesOf(store.read, user.id)).toBe(0)
    expect((await tokensOf(store.read, user.id)).map(({ username }) => username)).toEqual([
      user.username,
      user.username,
    ])
  })
})

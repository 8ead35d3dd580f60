import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeviceId, UserId } from '../../protocol/ids.ts'
import type { StuckHow } from '../../protocol/operator-api/users.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { newSealer, someDevice, someToken, someUser } from '../../test/support/enrolled.ts'
import { markTokenRevoked, markTokenState } from '../devices/token-rows.ts'
import { updateUser, userById } from '../directory/rows.ts'
import { listUsers } from '../directory/user-list.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { createThrottle } from '../throttling/throttle.ts'
import { dropEndpoint, putSubscription, removeSubscription } from './subscriptions.ts'
import { countUnreachable } from './unreachable.ts'

const NOW = 1_000_000
const endpoint = 'https://push.example/1'

describe.each(ENGINES)('whom push does not reach, on %s', (engine) => {
  const sealer = newSealer()
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  const stuck = async (how: StuckHow, search = '') => {
    const page = await listUsers({ store }, { search, stuck: { how, at: NOW } })
    return page.users.map(({ id }) => id)
  }
  const isOut = async (user: UserId) => (await stuck('unreachable')).includes(user)
  const write = (work: (tx: Db) => Promise<unknown>) => store.write(async (tx) => void (await work(tx)))
  const subscribed = (device: DeviceId) =>
    write((tx) => putSubscription(tx, device, { endpoint, p256dh: '', auth: '', vapid_key: '' }, NOW))
  const holds = async (user: UserId) => {
    const device = (await someDevice(store)).row.id
    const token = (await someToken(store, { sealer, user, device })).row.id
    return { device, token }
  }

  it('is who has a device and no subscription, until one subscribes, and again once it has ended', async () => {
    const { id: user } = await someUser(store)
    expect(await isOut(user)).toBe(false)
    const phone = await holds(user)
    expect(await isOut(user)).toBe(true)
    await subscribed(phone.device)
    expect(await isOut(user)).toBe(false)
    const tablet = await holds(user)
    await write((tx) => dropEndpoint(tx, phone.device, 'https://push.example/another'))
    expect(await isOut(user)).toBe(false)
    await write((tx) => dropEndpoint(tx, phone.device, endpoint))
    expect(await isOut(user)).toBe(true)
    await subscribed(tablet.device)
    expect(await isOut(user)).toBe(false)
    await write((tx) => removeSubscription(tx, tablet.device))
    expect(await isOut(user)).toBe(true)
  })

  it('counts the devices that can approve, and the people who may sign in', async () => {
    const { id: user } = await someUser(store)
    const [phone, tablet] = [await holds(user), await holds(user)]
    await subscribed(phone.device)
    await write((tx) => markTokenState(tx, phone.token, 'active', 'suspended'))
    expect(await isOut(user)).toBe(true)
    await write((tx) => markTokenState(tx, phone.token, 'suspended', 'active'))
    expect(await isOut(user)).toBe(false)
    await write((tx) => markTokenRevoked(tx, phone.token))
    expect(await isOut(user)).toBe(true)
    const suspend = async (state: 'active' | 'suspended') => {
      const seen = await userById(store.read, user)
      if (seen) await write((tx) => updateUser(tx, seen, { state }, NOW))
    }
    await suspend('suspended')
    expect(await isOut(user)).toBe(false)
    await suspend('active')
    expect(await isOut(user)).toBe(true)
    const before = await countUnreachable(store.read, 10)
    await write((tx) => markTokenRevoked(tx, tablet.token))
    expect([await isOut(user), await countUnreachable(store.read, 10)]).toEqual([false, before - 1])
  })

  it('is told of two devices that fall silent at once', async () => {
    const { id: user } = await someUser(store)
    const [phone, tablet] = [await holds(user), await holds(user)]
    await subscribed(phone.device)
    await subscribed(tablet.device)
    await Promise.all([phone, tablet].map(({ device }) => write((tx) => removeSubscription(tx, device))))
    expect(await isOut(user)).toBe(true)
  })

  it('is found beside whose push is paused and whose passcodes are locked, also by name', async () => {
    const [paused, locked] = [await someUser(store), await someUser(store)]
    for (const { id } of [paused, locked]) await write((tx) => createThrottle(tx, id))
    const hold = (user: UserId, what: object) =>
      write((tx) => tx.updateTable('throttles').set(what).where('user_id', '=', user).execute())
    await hold(paused.id, { push_paused_until: NOW + 1 })
    await hold(locked.id, { passcodes_locked_until: NOW + 1, push_paused_until: NOW })
    expect([await stuck('push-paused'), await stuck('passcodes-locked')]).toEqual([[paused.id], [locked.id]])
    expect(await stuck('push-paused', paused.username)).toEqual([paused.id])
    expect(await stuck('push-paused', locked.username)).toEqual([])
  })
})

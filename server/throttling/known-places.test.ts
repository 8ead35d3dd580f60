// Somebody is let in, and their places are forgotten, in two transactions at once.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { newId, type UserId } from '../../protocol/ids.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { somebodyWaits } from '../../test/support/locks.ts'
import type { Store } from '../store/store.ts'
import { forgetPlaces, knowPlace } from './known-places.ts'

describe.each(ENGINES)('places on %s', (engine) => {
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  const someone = () => newId('usr', (length) => crypto.getRandomValues(new Uint8Array(length)))
  const lettingIn = (user: UserId, place = 'desk', then = async () => {}) =>
    store.write(async (tx) => {
      const isNew = await knowPlace(tx, store, { user, place, now: 0 })
      await then()
      return isNew
    })
  const forgetting = (user: UserId, then = async () => {}) =>
    store.write(async (tx) => {
      await forgetPlaces(tx, store, user)
      await then()
    })
  const knownOf = async (user: UserId) =>
    (await store.read.selectFrom('known_places').select('place').where('user_id', '=', user).execute()).length

  it('are forgotten with the one where somebody is being let in', async () => {
    const user = someone()
    let forgotten: Promise<void> | undefined
    let isOver = false
    await lettingIn(user, 'desk', async () => {
      forgotten = forgetting(user).finally(() => {
        isOver = true
      })
      // There is one writer on SQLite.
      if (engine === 'postgres') await vi.waitUntil(async () => isOver || somebodyWaits(store))
    })
    await forgotten
    expect(await knownOf(user)).toBe(0)
  })

  // One writer at a time asks for no locks.
  if (engine === 'sqlite') return

  it('are not learnt while they are forgotten, and nobody waits for that', async () => {
    const user = someone()
    const other = someone()
    await forgetting(user, async () => {
      expect(await lettingIn(user)).toBe(false)
      expect(await lettingIn(other)).toBe(true)
    })
    expect([await knownOf(user), await knownOf(other)]).toEqual([0, 1])
    expect(await lettingIn(user)).toBe(true)
  })

  it('are learnt of one who is let in at two at once', async () => {
    const user = someone()
    await lettingIn(user, 'desk', async () => {
      expect(await lettingIn(user, 'phone')).toBe(true)
    })
    expect(await knownOf(user)).toBe(2)
  })
})

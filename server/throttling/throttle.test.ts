import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../protocol/ids.ts'
import { type Database, ENGINES, newDatabase } from '../../test/support/engines.ts'
import { random } from '../../test/support/enrolled.ts'
import type { Store } from '../store/store.ts'
import { createThrottle, holdThrottle, readThrottle, type ThrottleChanges, updateThrottle } from './throttle.ts'

describe.each(ENGINES)('the counts against a user, on %s', (engine) => {
  let database: Database
  let store: Store
  let other: Store
  beforeAll(async () => {
    database = await newDatabase(engine)
    store = await database.open()
    other = await database.open()
  })
  afterAll(() => database.remove())

  const someone = () => newId('usr', random)
  /** @param version of the state that the change was decided by */
  const update = async (user: ReturnType<typeof someone>, version: number, changes: ThrottleChanges, on = store) => {
    const seen = { ...(await readThrottle(on.read, user)), version }
    return on.write((tx) => updateThrottle(tx, seen, changes))
  }

  it('begin at nothing for a user without a row, and keep what is not changed', async () => {
    const user = someone()
    expect(await readThrottle(store.read, user)).toMatchObject({ version: 0, refusals: 0, places: '[]' })
    expect(await update(user, 0, { refusals: 2 })).toBe(true)
    expect(await update(user, 1, { unanswered: 1 })).toBe(true)
    expect(await readThrottle(store.read, user)).toMatchObject({ version: 2, refusals: 2, unanswered: 1 })
  })

  it('change for one of two who saw the same, whether or not there was a row', async () => {
    const [without, withRow] = [someone(), someone()]
    await store.write((tx) => createThrottle(tx, withRow))
    for (const user of [without, withRow]) {
      const won = await Promise.all([
        update(user, 0, { refusals: 1 }),
        update(user, 0, { unanswered: 1 }, other),
        update(user, 0, { unanswered: 2 }, other),
      ])
      expect(won.filter(Boolean)).toHaveLength(1)
      expect((await readThrottle(store.read, user)).version).toBe(1)
    }
  })

  it('do not change for whoever saw an older state', async () => {
    const user = someone()
    await update(user, 0, { refusals: 1 })
    await update(user, 1, { refusals: 2 })
    for (const stale of [0, 1, 3]) expect(await update(user, stale, { refusals: 9 })).toBe(false)
    expect(await readThrottle(store.read, user)).toMatchObject({ version: 2, refusals: 2 })
  })

  it('stay as they are when they are created again or held', async () => {
    const user = someone()
    await update(user, 0, { refusals: 1 })
    await store.write(async (tx) => {
      await createThrottle(tx, user)
      await holdThrottle(tx, user)
    })
    expect(await readThrottle(store.read, user)).toMatchObject({ version: 1, refusals: 1 })
  })
})

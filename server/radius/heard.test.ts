import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, ENGINES, newDatabase } from '../../test/support/engines.ts'
import type { Store } from '../store/store.ts'
import { Heard, purgeHeard } from './heard.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const START = 1_000_000

describe.each(ENGINES)('what was heard over RADIUS, on %s', (engine) => {
  let database: Database
  let store: Store
  let now = START
  const never = () => {
    throw new Error('waits for nothing')
  }
  const clock = { now: () => now, after: never, alarm: never }
  /** As after a start, or in another process. */
  const another = () => new Heard({ store, clock })
  beforeAll(async () => {
    database = await newDatabase(engine)
    store = await database.open()
  })
  afterAll(() => database.remove())

  it('is known again: here at once, elsewhere and after a start when its client has given up; for thirty days', async () => {
    const here = another()
    expect(await here.again('one')).toBe(false)
    expect(await here.again('one')).toBe(true)
    await here.keep('one')
    await another().keep('one')
    now += 2 * MINUTE - 1
    expect(await another().again('one')).toBe(false)
    now += 1
    expect([await here.again('one'), await another().again('one')]).toEqual([true, true])
    expect(await another().again('two')).toBe(false)
    now = START + 30 * DAY
    expect([await purgeHeard(store, now), await another().again('one')]).toEqual([0, true])
    expect([await purgeHeard(store, now + 1), await another().again('one')]).toEqual([1, false])
  })

  it('is not known of what could not be dealt with, nor, for long, of what had no right password', async () => {
    const here = another()
    expect([await here.again('three'), here.forget('three'), await here.again('three')]).toEqual([
      false,
      undefined,
      false,
    ])
    now += 3 * MINUTE
    expect(await here.again('three')).toBe(false)
  })
})

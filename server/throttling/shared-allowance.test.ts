import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { type Database, ENGINES, newDatabase } from '../../test/support/engines.ts'
import type { Store } from '../store/store.ts'
import { sharedAllowance } from './shared-allowance.ts'

const RATE = { count: 100, seconds: 60 }

describe.each(ENGINES)('a share that processes count together, on %s', (engine) => {
  let database: Database
  let stores: Store[]
  beforeAll(async () => {
    database = await newDatabase(engine)
    stores = [await database.open(), await database.open()]
  })
  afterAll(() => database.remove())

  const processes = (clock: ManualClock, kind: string, rate = RATE) =>
    stores.map((store) => sharedAllowance({ store, clock }, kind, rate))

  async function taken(shares: ReturnType<typeof processes>, who: string, times: number) {
    const calls = Array.from({ length: times }, (_, n) => shares[n % shares.length]?.take(who))
    return (await Promise.all(calls)).filter(Boolean).length
  }

  it('is as large at two as at one, but for the tenth that each lets through unasked', async () => {
    const clock = new ManualClock()
    expect(await taken(processes(clock, 'two'), 'a flood', 300)).toBe(110)
    expect(await taken(processes(clock, 'one').slice(1), 'a flood', 300)).toBe(100)
  })

  it('is one’s own: another has all of theirs', async () => {
    const shares = processes(new ManualClock(), 'own')
    await taken(shares, 'a flood', 300)
    expect(await taken(shares, 'another', 100)).toBe(100)
  })

  it('is there again when the time has gone by, and no sooner', async () => {
    const clock = new ManualClock()
    const shares = processes(clock, 'again')
    expect(await taken(shares, 'a flood', 300)).toBe(110)
    await clock.jump(59_000)
    expect(await taken(shares, 'a flood', 300)).toBe(0)
    await clock.jump(1000)
    expect(await taken(shares, 'a flood', 300)).toBe(110)
  })

  it('is there again where the clock is set back by an hour, and not where it is by less than the time', async () => {
    const clock = new ManualClock()
    const shares = processes(clock, 'set-back')
    expect(await taken(shares, 'a flood', 300)).toBe(110)
    await clock.jump(-30_000)
    expect(await taken(shares, 'a flood', 300)).toBe(0)
    await clock.jump(-3_600_000)
    expect(await taken(shares, 'a flood', 300)).toBe(110)
    await clock.jump(60_000)
    expect(await taken(shares, 'a flood', 300)).toBe(110)
  })

  it('holds where it is as small as one', async () => {
    const one = processes(new ManualClock(), 'small', { count: 1, seconds: 60 }).slice(1)
    expect(await taken(one, 'a flood', 5)).toBe(1)
  })
})

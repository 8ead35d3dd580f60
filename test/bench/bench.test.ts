// The bench itself, at its smallest: what it measures are whole logins. How fast they are is not asked here.
import { expect, it } from 'vitest'
import { besideConsole } from './beside-console.ts'
import { microseconds } from './cryptography.ts'
import { doors } from './doors.ts'
import { floor } from './floor.ts'
import { growth } from './growth.ts'
import { House } from './house.ts'
import { Pace } from './pace.ts'
import { plainWay } from './plain-way.ts'
import { shares } from './profile-shares.ts'
import { screens } from './screens.ts'
import { startUp } from './start-up.ts'
import { waitingFigures, waitingPages } from './waiting.ts'
import { wholeLogins } from './whole-logins.ts'

const SIZE = { logins: 5, rounds: 1, people: 3, lanes: 3, calmLanes: 2 }
/** Dozens of processes are started, each of which would be soon there by itself: longer than any crowd holds them up. */
const PATIENCE = 600_000

it(
  'counts logins that were pushed, decided, told and redeemed, each on disk, and nothing else',
  async () => {
    const house = await House.open()
    try {
      const load = house.load(await house.people(3), 2)
      await load.run(2, 7)
      expect(await house.outcomes()).toEqual({
        whole: 7,
        others: 0,
        decisions: 7,
        leftInOutbox: 0,
        durability: 'journal_mode=wal synchronous=full',
      })
      expect(Object.values(load.latencies).map(({ length }) => length)).toEqual([7, 7, 7, 7])
      const profile = JSON.parse(await house.profiled(() => load.run(2, 2)))
      const whole = shares(profile).reduce((sum, [, share]) => sum + share, 0)
      expect(whole).toBeCloseTo(1)
      const waited = await waitingPages(house, await house.people(2), { count: 4, ended: 3, lanes: 2 })
      expect(waitingFigures(waited).map(({ unit }) => unit)).toEqual(['KiB', '%', 'ms', 'ms'])
      expect(waited.told).toHaveLength(3)
      await load.close()
    } finally {
      await house.close()
    }
  },
  PATIENCE,
)

it(
  'has a figure for each thing it measures',
  async () => {
    const figures = [
      ...(await wholeLogins(SIZE, undefined, 80)),
      ...(await floor(SIZE, { inMemory: true }, 80)),
      ...(await plainWay(SIZE)),
      ...(await growth(SIZE, { crowd: 20 })),
      ...(await startUp(1, 0)),
    ]
    const whole = [
      'logins per second of the server’s processor time',
      'processor time of a login',
      'processor time of a login',
      'logins per second by the clock',
      'half of full load, logins',
      'half of full load, empty POSTs',
      'fsync of the disk below',
      ...['create answered', 'decision answered', 'decision → page told', 'redeem answered'].flatMap((step) => [
        `${step}, p50`,
        `${step}, p99`,
      ]),
    ]
    expect(figures.map(({ name }) => name)).toEqual([
      ...whole,
      ...whole,
      'logins per second of the server’s processor time, beside the plain way',
      'the same of the floor with a row a step',
      'processor time of a login',
      'create answered, p50',
      'decision → page told, p50',
      'first start to `ready`',
      'start to `ready`',
      'its processor time',
      'memory while idle',
    ])
  },
  PATIENCE,
)

it('begins each when it is due, though none before it is through', async () => {
  const pace = new Pace()
  const allBegun = Promise.withResolvers<void>()
  let begun = 0
  const late = await pace.run(1000, 20, () => {
    begun += 1
    if (begun === 20) allBegun.resolve()
    return allBegun.promise
  })
  await pace.close()
  expect(late).toHaveLength(20)
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0)
})

it(
  'signs in by each door',
  async () => {
    const figures = await doors({ ...SIZE, logins: 4, lanes: 2 })
    expect(figures.map(({ unit }) => unit)).toEqual(['/s/core', ...Array(3).fill(['/s/core', '× REST']).flat()])
  },
  PATIENCE,
)

it(
  'asks for every screen of the console, also while people sign in',
  async () => {
    const house = await House.open()
    try {
      await house.seed({ users: 200, requests: 3000, audit: 500, seed: 1 })
      const token = await house.token()
      const asked = await screens(house, token, 1)
      expect(asked.filter(({ value }) => !(value > 0))).toEqual([])
      const beside = await besideConsole(house, token, { ...SIZE, logins: 5 })
      expect(beside.map(({ unit }) => unit)).toEqual(Array.from({ length: 9 }, () => '× alone'))
    } finally {
      await house.close()
    }
  },
  PATIENCE,
)

it('reads how fast the curves are from what OpenSSL says', () => {
  const said = '+H:...\n+F4:3:256:50000.0:20000.0\n+F5:3:256:25000.0:0.00004\n'
  expect(microseconds(said)).toBe(20 + 50 + 40)
})

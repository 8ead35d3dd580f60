// Whole logins: what one costs the server, and how long each step takes beside an empty POST of the same minute.
import { EmptyPosts } from './empty-posts.ts'
import { type Figure, median } from './figures.ts'
import { atHalfLoad, type FullLoad } from './half-load.ts'
import { House } from './house.ts'
import type { LoginLoad } from './logins.ts'

export type Size = { logins: number; rounds: number; people: number; lanes: number; calmLanes: number }

/** @param bare microseconds of the curves alone, where known */
export async function wholeLogins(size: Size, databaseUrl?: string, bare?: number): Promise<Figure[]> {
  const house = await House.open({ databaseUrl })
  const posts = await EmptyPosts.open(size.lanes)
  try {
    const load = house.load(await house.people(size.people), size.lanes)
    const figures = await measured(size, { server: house, load, posts }, bare, () => allWhole(house, load))
    await load.close()
    return figures
  } finally {
    await posts.close()
    await house.close()
  }
}

type Measured = { server: { used(): number }; load: LoginLoad; posts: EmptyPosts }

/** @param durabilityOf what was written, once it has been found whole */
export async function measured(
  size: Size,
  sides: Measured,
  bare: number | undefined,
  durabilityOf: () => Promise<string>,
): Promise<Figure[]> {
  // Until the server's code has been compiled for what it does here.
  await sides.load.run(size.lanes, size.logins)
  await sides.posts.run(size.lanes, size.logins)
  const { figures, full } = await costs(size, sides)
  const steps = await atHalfLoad(sides, full, { ...size, logins: Math.ceil(size.logins / 2) })
  return [...figures(await durabilityOf(), bare), ...steps]
}

/** Rounds of logins and of empty POSTs in turns, so that a busy minute of the machine falls on both. */
async function costs(size: Size, { server, load, posts }: Measured) {
  const logins: number[] = []
  const empty: number[] = []
  const rates: number[] = []
  const emptyRates: number[] = []
  for (let round = 0; round < size.rounds; round++) {
    const [used, usedByPosts, at] = [server.used(), posts.used(), performance.now()]
    await load.run(size.lanes, size.logins)
    rates.push((1000 * size.logins) / (performance.now() - at))
    const between = performance.now()
    await posts.run(size.lanes, 4 * size.logins)
    emptyRates.push((4000 * size.logins) / (performance.now() - between))
    logins.push((1e6 * (server.used() - used)) / size.logins)
    empty.push((1e6 * (posts.used() - usedByPosts)) / (4 * size.logins))
  }
  const full: FullLoad = { loginsPerSecond: median(rates), postsPerSecond: median(emptyRates) }
  const figures = (durability: string, bare?: number): Figure[] => [
    {
      name: 'logins per second of the server’s processor time',
      value: 1e6 / median(logins),
      unit: '/s/core',
      note: `${(1e6 / Math.max(...logins)).toFixed(0)} to ${(1e6 / Math.min(...logins)).toFixed(0)}; ${durability}`,
    },
    {
      name: 'processor time of a login',
      value: median(logins.map((login, round) => login / (empty[round] ?? Number.NaN))),
      unit: '× empty POST',
      note: `${median(logins).toFixed(0)} µs beside ${median(empty).toFixed(0)} µs`,
    },
    ...(bare === undefined
      ? []
      : [
          {
            name: 'processor time of a login',
            value: median(logins) / bare,
            unit: '× its curves alone',
            note: `${bare.toFixed(0)} µs by openssl`,
          },
        ]),
    {
      name: 'logins per second by the clock',
      value: full.loginsPerSecond,
      unit: '/s',
      note: `server ${((full.loginsPerSecond * median(logins)) / 1e4).toFixed(0)} % of a core, clients on the same cores; ${full.postsPerSecond.toFixed(0)} empty POSTs`,
    },
  ]
  return { figures, full }
}

/** @returns what the engine says about waiting for the disk @throws where a login was not what it seemed */
async function allWhole(house: House, load: LoginLoad): Promise<string> {
  const { durability, ...outcomes } = await house.outcomes()
  const expected = { whole: load.done, others: 0, decisions: load.done, leftInOutbox: 0 }
  if (JSON.stringify(outcomes) !== JSON.stringify(expected))
    throw new Error(`the store holds ${JSON.stringify(outcomes)} and not ${JSON.stringify(expected)}`)
  return durability
}

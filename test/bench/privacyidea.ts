// The house beside privacyIDEA's push, installed from its package: the same sign-in, as its own application and its own
// phone do it. Both count the processor time of all of the server's processes, one sign-in at a time.
import { type Figure, median } from './figures.ts'
import { House } from './house.ts'
import { installPrivacyIdea, PrivacyIdea } from './privacyidea-server.ts'
import type { Size } from './whole-logins.ts'

/** @param logins of a round; three rounds each, in turns */
export async function besidePrivacyIdea(size: Size, logins: number): Promise<Figure[]> {
  await installPrivacyIdea()
  await using theirs = await PrivacyIdea.start()
  const house = await House.open()
  try {
    const load = house.load(await house.people(size.people), size.lanes)
    await load.run(size.lanes, size.logins)
    await theirs.logins(10)
    const costs = { theirs: [] as number[], ours: [] as number[] }
    for (let round = 0; round < 3; round++) {
      costs.theirs.push(await cost(logins, theirs, () => theirs.logins(logins)))
      costs.ours.push(await cost(10 * logins, house, () => load.run(1, 10 * logins)))
    }
    const full = await cost(size.logins, house, () => load.run(size.lanes, size.logins))
    await load.close()
    return figuresOf(median(costs.theirs), median(costs.ours), full, theirs.version)
  } finally {
    await house.close()
  }
}

/** Microseconds of processor time for each. */
async function cost(count: number, server: { used(): number }, work: () => Promise<void>): Promise<number> {
  const before = server.used()
  await work()
  return (1e6 * (server.used() - before)) / count
}

function figuresOf(theirs: number, ours: number, full: number, version: string): Figure[] {
  const name = `push logins per second of the server’s processor time, beside privacyIDEA ${version}`
  return [
    { name, value: theirs / ours, unit: '×', note: `one at a time: ${said(ours)} beside ${said(theirs)}` },
    { name: 'the same, this house at full load', value: theirs / full, unit: '×', note: `${said(full)} a login` },
  ]
}

const said = (microseconds: number) => `${(microseconds / 1000).toFixed(2)} ms`

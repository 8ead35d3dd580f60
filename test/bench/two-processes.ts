// Two processes on one PostgreSQL: each step of a login goes to the other one, so that each waits on what the other wrote.
import { type Figure, median } from './figures.ts'
import { House } from './house.ts'
import type { Size } from './whole-logins.ts'

export async function twoProcesses(size: Size, databaseUrl: string): Promise<Figure[]> {
  const house = await House.open({ databaseUrl })
  const second = await house.another()
  const load = house.load(await house.people(size.people), size.lanes, [house.origin, second.address])
  const used = () => house.used() + second.used()
  const costs: number[] = []
  const rates: number[] = []
  try {
    await load.run(size.lanes, size.logins)
    for (let round = 0; round < size.rounds; round++) {
      const [before, at] = [used(), performance.now()]
      await load.run(size.lanes, size.logins)
      costs.push((1e6 * (used() - before)) / size.logins)
      rates.push((1000 * size.logins) / (performance.now() - at))
    }
    const { whole } = await house.outcomes()
    if (whole !== load.done) throw new Error(`${whole} of ${load.done} logins were whole`)
    return [
      {
        name: 'logins per second of the servers’ processor time',
        value: 1e6 / median(costs),
        unit: '/s/core',
        note: `${median(costs).toFixed(0)} µs; ${median(rates).toFixed(0)}/s by the clock`,
      },
    ]
  } finally {
    await load.close()
    await second.close()
    await house.close()
  }
}

// Whether a login costs more where there are many users: two servers side by side, one small and one full.
import { type Figure, median, percentile } from './figures.ts'
import { House } from './house.ts'
import type { LoginLoad } from './logins.ts'
import type { Size } from './whole-logins.ts'

type Side = { house: House; load: LoginLoad; costs: number[] }

/** Users besides, each with a device and a token; or a store that `npm run seed` has filled. */
export type Full = { crowd: number } | { folder: string }

export async function growth(size: Size, full: Full): Promise<Figure[]> {
  const few = await side(size)
  const many = await side(size, full)
  try {
    for (let round = 0; round < 2 * size.rounds; round++) {
      // In turns, and each first in every other one: a busy minute of the machine falls on both.
      for (const { house, load, costs } of round % 2 === 0 ? [few, many] : [many, few]) {
        const used = house.used()
        await load.run(size.calmLanes, size.logins / 5)
        costs.push(house.used() - used)
      }
    }
    const times = (name: string, of: (side: Side) => number): Figure => ({
      name,
      value: of(many) / of(few),
      unit: '× the small one',
    })
    return [
      times('processor time of a login', ({ costs }) => median(costs)),
      times('create answered, p50', ({ load }) => percentile(load.latencies.create, 0.5)),
      times('decision → page told, p50', ({ load }) => percentile(load.latencies.told, 0.5)),
    ]
  } finally {
    for (const { house, load } of [few, many]) {
      await load.close()
      await house.close()
    }
  }
}

async function side(size: Size, full: Full = { crowd: 0 }): Promise<Side> {
  const house = await House.open('folder' in full ? full : {})
  const load = house.load(await house.people(size.people), size.lanes)
  if ('crowd' in full && full.crowd > 0) await house.crowd(full.crowd)
  await load.run(size.lanes, size.logins)
  load.forget()
  return { house, load, costs: [] }
}

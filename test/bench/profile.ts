// Logins under a profiler: shares of the server's time, and the profile itself for a flame graph.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Figure } from './figures.ts'
import { House } from './house.ts'
import { shares } from './profile-shares.ts'
import type { Size } from './whole-logins.ts'

/** @param file where the profile is written */
export async function profileOf(size: Size, file: string, databaseUrl?: string): Promise<Figure[]> {
  const house = await House.open({ databaseUrl })
  try {
    const load = house.load(await house.people(size.people), size.lanes)
    await load.run(size.lanes, size.logins)
    const profile = await house.profiled(() => load.run(size.lanes, size.logins))
    await load.close()
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, profile)
    return shares(JSON.parse(profile)).map(([name, share]) => ({ name, value: 100 * share, unit: '%' }))
  } finally {
    await house.close()
  }
}

// The primary does nothing for half a minute, as a virtual machine that is moved, and then goes on where it was.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { Installation } from './installation.ts'
import type { OwnPostgres } from './own-postgres.ts'
import { type Harm, type Report, underLoad } from './under-load.ts'

export const pausePostgres: Fault = {
  name: 'PostgreSQL paused (SIGSTOP)',
  engines: ['postgres'],
  run: async ({ databaseUrl, postgres, quick }) => {
    if (!postgres) throw new Error('there is no PostgreSQL to pause')
    await using installation = await Installation.open({ databaseUrl })
    await installation.start()
    return await withPause(installation, postgres, { seconds: quick ? 5 : 30, before: 20 })
  },
}

/** @param before how many sign in first */
export function withPause(
  installation: Installation,
  postgres: OwnPostgres,
  { seconds, before, ...frame }: { seconds: number; before: number } & Omit<Harm, 'harm'>,
): Promise<Report> {
  return underLoad(installation, {
    ...frame,
    harm: async (load) => {
      await load.more(before)
      postgres.pause()
      await sleep(1000 * seconds)
      const { status } = (await load.asking.once('GET', '/readyz', { headers: {} })) ?? {}
      postgres.resume()
      return `paused for ${seconds} s under load; /readyz said ${status ?? 'nothing'} meanwhile`
    },
  })
}

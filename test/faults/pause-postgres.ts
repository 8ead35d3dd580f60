// The primary does nothing for half a minute, as a virtual machine that is moved, and then goes on where it was.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { Installation } from './installation.ts'
import { underLoad } from './under-load.ts'

export const pausePostgres: Fault = {
  name: 'PostgreSQL paused (SIGSTOP)',
  engines: ['postgres'],
  run: async ({ databaseUrl, postgres, quick }) => {
    await using installation = await Installation.open({ databaseUrl })
    await installation.start()
    const seconds = quick ? 5 : 30
    return await underLoad(installation, {
      harm: async (load) => {
        await load.more(20)
        postgres?.pause()
        await sleep(1000 * seconds)
        const { status } = (await load.asking.once('GET', '/readyz', { headers: {} })) ?? {}
        postgres?.resume()
        return `paused for ${seconds} s under load; /readyz said ${status ?? 'nothing'} meanwhile`
      },
    })
  },
}

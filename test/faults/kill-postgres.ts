// PostgreSQL itself is killed, all of its processes at once, and started again on what it has left.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { Installation } from './installation.ts'
import { underLoad } from './under-load.ts'

export const killPostgres: Fault = {
  name: 'kill -9 of PostgreSQL',
  engines: ['postgres'],
  run: async ({ databaseUrl, postgres, quick }) => {
    await using installation = await Installation.open({ databaseUrl })
    await installation.start()
    const times = quick ? 2 : 10
    return await underLoad(installation, {
      harm: async (load) => {
        for (let time = 0; time < times; time++) {
          await load.more(10)
          await sleep(300 * Math.random())
          await postgres?.kill()
          await sleep(500)
          await postgres?.start()
        }
        return `killed ${times} times under load, down for half a second and its recovery; the server was left alone`
      },
    })
  },
}

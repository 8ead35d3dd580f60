// kill -9 of the server, again and again, in the middle of whatever it does.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { Installation } from './installation.ts'
import type { PeopleSigningIn } from './people-signing-in.ts'
import { underLoad } from './under-load.ts'

export const killServer: Fault = {
  name: 'kill -9 of the server',
  engines: ['sqlite', 'postgres'],
  run: async ({ databaseUrl, quick }) => {
    await using installation = await Installation.open({ databaseUrl })
    await installation.start()
    const times = quick ? 5 : 50
    return await underLoad(installation, {
      harm: async (load) => {
        for (let time = 0; time < times; time++) await killOnce(installation, load, 400 * Math.random())
        return `killed ${times} times under load, started again at once`
      },
    })
  },
}

/** @param afterMs of work, after somebody has signed in */
export async function killOnce(installation: Installation, load: PeopleSigningIn, afterMs: number): Promise<void> {
  await load.more(1)
  await sleep(afterMs)
  await installation.kill()
  await installation.start()
}

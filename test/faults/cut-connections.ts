// Connections between server and PostgreSQL are cut, one after another: whatever was asked on them has no answer.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { Installation } from './installation.ts'
import { TcpProxy } from './tcp-proxy.ts'
import { type Report, underLoad } from './under-load.ts'

export const cutConnections: Fault = {
  name: 'connections to PostgreSQL cut one by one',
  engines: ['postgres'],
  run: ({ databaseUrl = '', quick }) => withCuts(databaseUrl, { times: quick ? 20 : 300 }),
}

/** @param databaseUrl of the database itself */
export async function withCuts(
  databaseUrl: string,
  { times, ...how }: { times: number; after?: number; untilSent?: boolean },
): Promise<Report> {
  await using proxy = await TcpProxy.open(databaseUrl)
  await using installation = await Installation.open({ databaseUrl: proxy.url })
  await installation.start()
  return await underLoad(installation, {
    ...how,
    harm: async (load) => {
      let cut = 0
      for (; cut < times; cut++) {
        // Not faster than they are made: nobody would ever get an answer.
        if (cut % 2 === 0) await load.more(1)
        await sleep(50 * Math.random())
        proxy.cut()
      }
      return `cut ${cut} connections`
    },
  })
}

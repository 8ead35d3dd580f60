// Connections between server and PostgreSQL are cut, one after another: whatever was asked on them has no answer.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { Installation } from './installation.ts'
import { TcpProxy } from './tcp-proxy.ts'
import { type Report, underLoad } from './under-load.ts'

export const cutConnections: Fault = {
  name: 'connections to PostgreSQL cut one by one',
  engines: ['postgres'],
  run: ({ databaseUrl = '', quick }) => withCuts(databaseUrl, quick ? 20 : 300),
}

/** @param databaseUrl of the database itself */
export async function withCuts(databaseUrl: string, times: number, untilSent = true): Promise<Report> {
  await using proxy = await TcpProxy.open(databaseUrl)
  await using installation = await Installation.open({ databaseUrl: proxy.url })
  await installation.start()
  return await underLoad(installation, {
    untilSent,
    harm: async (load) => {
      let cut = 0
      for (; cut < times; cut++) {
        if (cut % 5 === 0) await load.more(1)
        await sleep(100 * Math.random())
        proxy.cut()
      }
      return `cut ${cut} connections`
    },
  })
}

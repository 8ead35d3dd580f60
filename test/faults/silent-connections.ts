// The network forgets the connections between server and PostgreSQL and tells neither side, as firewalls do: whatever is
// asked on them has no answer, and none of them ends by itself.
import type { Fault } from './fault.ts'
import { Installation } from './installation.ts'
import { TcpProxy } from './tcp-proxy.ts'
import { underLoad } from './under-load.ts'

export const silentConnections: Fault = {
  name: 'connections to PostgreSQL dropped without a word',
  engines: ['postgres'],
  run: async ({ databaseUrl = '', quick }) => {
    await using proxy = await TcpProxy.open(databaseUrl)
    await using installation = await Installation.open({ databaseUrl: proxy.url })
    await installation.start()
    return await underLoad(installation, {
      harm: async (load) => {
        const times = quick ? 1 : 5
        const took: number[] = []
        for (let time = 0; time < times; time++) {
          await load.more(10)
          proxy.silence()
          const before = performance.now()
          await load.more(4)
          took.push((performance.now() - before) / 1000)
        }
        return `dropped all of them ${times} times; people signed in again after ${Math.max(...took).toFixed(0)} s at most`
      },
    })
  },
}

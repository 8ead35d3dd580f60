// The disk that the store is on has no room left, while people sign in; then it has.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { onSmallDisk } from './on-small-disk.ts'
import { underLoad } from './under-load.ts'

export const diskFull: Fault = {
  name: 'disk full',
  engines: ['sqlite', 'postgres'],
  run: async ({ engine, quick }) => {
    await using place = await onSmallDisk(engine)
    const { disk, installation, postgres } = place
    await installation.start()
    const times = quick ? 1 : 5
    return await underLoad(installation, {
      harm: async (load) => {
        let said: number | undefined
        for (let time = 0; time < times; time++) {
          await load.more(10)
          disk.fill()
          await sleep(3000)
          disk.fill()
          await sleep(1000)
          said = (await load.asking.once('GET', '/readyz', { headers: {} }))?.status
          disk.free()
          // It gives up where it can't write its log, and whoever looks after it starts it again.
          await postgres?.revive()
        }
        return `filled ${times} times for 4 s (an ext4 of its own, by loop); /readyz said ${said}`
      },
    })
  },
}

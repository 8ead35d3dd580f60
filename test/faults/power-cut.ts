// The power is cut: what was written and not yet synchronised to the disk is gone.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { onSmallDisk } from './on-small-disk.ts'
import { underLoad } from './under-load.ts'

export const powerCut: Fault = {
  name: 'power cut',
  engines: ['sqlite', 'postgres'],
  run: async ({ engine, quick }) => {
    await using place = await onSmallDisk(engine)
    const { disk, installation, postgres } = place
    await installation.start()
    const times = quick ? 2 : 20
    return await underLoad(installation, {
      harm: async (load) => {
        for (let time = 0; time < times; time++) {
          await load.more(5)
          await sleep(300 * Math.random())
          disk.powerCut()
          await installation.kill()
          await postgres?.kill()
          disk.powerOn()
          await postgres?.start()
          await installation.start()
        }
        return `cut ${times} times under load (ext4 shut down without flushing: unsynchronised writes are dropped)`
      },
    })
  },
}

// The disk takes nothing more, as after an error of its own, until somebody has brought it in order.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { onSmallDisk } from './on-small-disk.ts'
import { underLoad } from './under-load.ts'

export const diskReadOnly: Fault = {
  name: 'disk turns read-only',
  engines: ['sqlite', 'postgres'],
  run: async ({ engine, quick }) => {
    await using place = await onSmallDisk(engine)
    const { disk, installation, postgres } = place
    await installation.start()
    const times = quick ? 1 : 25
    return await underLoad(installation, {
      harm: async (load) => {
        for (let time = 0; time < times; time++) {
          await load.more(10)
          disk.readOnly()
          await sleep(3000)
          if (engine === 'sqlite') await installation.kill()
          await postgres?.kill()
          disk.powerOn()
          await postgres?.start()
          if (engine === 'sqlite') await installation.start()
        }
        return `made read-only ${times} times for 3 s (ext4: remount,abort), checked, mounted again`
      },
    })
  },
}

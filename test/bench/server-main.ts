// The server under measurement, in a process of its own; told what to prepare by its parent.
import { readConfig } from '../../server/config.ts'
import { logger } from '../../server/log.ts'
import { serve } from '../../server/main.ts'
import type { SubscriptionJson } from '../support/push-subscriptions.ts'
import { type Outcomes, outcomesOf } from './outcomes.ts'
import { addBenchApplication, addCrowd, addPeople, type Person } from './people.ts'
import { ProfiledRun } from './profiled-run.ts'

export type ToServer =
  | { do: 'people'; count: number; subscriptions: SubscriptionJson[] }
  | { do: 'crowd'; count: number }
  | { do: 'memory' }
  | { do: 'outcomes' }
  | { do: 'profile' }
  | { do: 'profiled' }
  | { do: 'stop' }
export type FromServer =
  | { ready: string; vapidKey: string; apiKey: string }
  | { people: Person[] }
  | { crowd: true }
  | { memory: number }
  | { outcomes: Outcomes }
  | { profiling: true }
  | { profile: string }

const running = await serve(readConfig(process.env), { log: logger('error') })
const { parts } = running
const tell = (message: FromServer) => process.send?.(message)
const profiled = new ProfiledRun()
let added = 0

process.on('message', async (message: ToServer) => {
  if (message.do === 'people') {
    const { count, subscriptions } = message
    tell({ people: await addPeople(parts, count, subscriptions, `person-${added}`) })
    added += count
  }
  if (message.do === 'crowd') {
    await addCrowd(parts, message.count)
    tell({ crowd: true })
  }
  if (message.do === 'memory') {
    globalThis.gc?.()
    tell({ memory: process.memoryUsage().rss })
  }
  if (message.do === 'outcomes') tell({ outcomes: await outcomesOf(parts.store) })
  if (message.do === 'profile') {
    await profiled.begin()
    tell({ profiling: true })
  }
  if (message.do === 'profiled') tell({ profile: await profiled.end() })
  if (message.do === 'stop') {
    await running.close()
    process.exit(0)
  }
})
tell({ ready: running.origin, vapidKey: parts.vapid.publicKey, apiKey: await addBenchApplication(parts) })
// The parent is gone.
process.on('disconnect', () => process.exit())

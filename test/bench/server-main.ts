// The server under measurement, in a process of its own; told what to prepare by its parent.
import { readConfig } from '../../server/config.ts'
import { logger } from '../../server/log.ts'
import { serve } from '../../server/main.ts'
import { makeApiToken } from '../../server/operators/api-tokens.ts'
import { type Amounts, sow } from '../seed/seed.ts'
import type { SubscriptionJson } from '../support/push-subscriptions.ts'
import { type Outcomes, outcomesOf } from './outcomes.ts'
import { addBenchApplication, addCrowd, addPeople, type Doors, type Kind, openDoors, type Person } from './people.ts'
import { ProfiledRun } from './profiled-run.ts'

export type ToServer =
  | { do: 'people'; count: number; subscriptions: SubscriptionJson[]; kind: Kind }
  | { do: 'doors' }
  | { do: 'crowd'; count: number }
  | { do: 'seed'; amounts: Amounts }
  | { do: 'token' }
  | { do: 'memory' }
  | { do: 'outcomes' }
  | { do: 'profile' }
  | { do: 'profiled' }
  | { do: 'stop' }
export type FromServer =
  | { ready: string; vapidKey: string; apiKey: string }
  | { people: Person[] }
  | { doors: Doors }
  | { crowd: true }
  | { seeded: true }
  | { token: string }
  | { memory: number }
  | { outcomes: Outcomes }
  | { profiling: true }
  | { profile: string }

const COMMAND_LINE = { kind: 'command-line', id: null, name: 'bench', role: 'owner', act: 'bench' } as const
const running = await serve(readConfig(process.env), { log: logger('error') })
const { parts } = running
const tell = (message: FromServer) => process.send?.(message)
const profiled = new ProfiledRun()
let added = 0
/** A store that is kept has those of earlier runs. */
const run = `person-${Date.now()}`

process.on('message', async (message: ToServer) => {
  if (message.do === 'people') {
    const { count, subscriptions, kind } = message
    tell({ people: await addPeople(parts, count, subscriptions, { ...kind, prefix: `${run}-${added}` }) })
    added += count
  }
  if (message.do === 'doors') tell({ doors: await openDoors(parts, running.radius.udp?.port ?? 0) })
  if (message.do === 'crowd') {
    await addCrowd(parts, message.count)
    tell({ crowd: true })
  }
  if (message.do === 'seed') {
    await sow(parts, message.amounts, () => {})
    tell({ seeded: true })
  }
  if (message.do === 'token') {
    const asked = { name: 'Bench', role: 'owner', expiresInDays: 1 } as const
    tell({ token: (await makeApiToken(parts, asked, COMMAND_LINE)).apiToken })
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

// `npm run simulate`: a Monday morning against the arithmetic of docs/scale.md. It knows of nothing but processors:
// neither of disks nor of locks, and not of what PostgreSQL itself takes.
import { parseArgs } from 'node:util'
import { MOST_LOAD, processesFor, workedOut } from './arithmetic.ts'
import { LOGINS_PER_CORE, PAGE } from './measured.ts'
import { arrivals, chanceOf, MONDAY } from './morning.ts'
import { quantile, type Servers, type Step, simulate } from './queue.ts'

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '1000000' },
    'logins-per-core': { type: 'string', default: String(LOGINS_PER_CORE.postgres) },
    processes: { type: 'string' },
    seed: { type: 'string', default: '6' },
  },
})

/** Where people would notice, seconds. */
const NOTICED = 0.25

const morning = { ...MONDAY, people: Number(values.people) }
const steps: Record<Step, number> = { create: 0.35, push: 0.2, decide: 0.3, redeem: 0.15 }
const one = { login: 1 / Number(values['logins-per-core']), steps, lifetime: 60 }
const servers: Servers = { ...one, processes: Number(values.processes ?? processesFor(morning, one)) }

const chance = chanceOf(Number(values.seed))
const worked = workedOut(morning, servers)
const found = simulate(arrivals(morning, chance), servers, chance)
const per = (share: number) => `${Math.round(100 * share)} %`
const ms = (seconds: number) => `${(1000 * seconds).toFixed(1)} ms`
const times = (step: Step) => [0.5, 0.99, 0.999].map((q) => ms(quantile(found.took[step], q))).join(' · ')

console.log(`${found.logins} logins of ${morning.people} people between seven and ten, ${servers.processes} processes
                               worked out   simulated
peak, logins a second          ${worked.peak.toFixed(0).padStart(10)}   –
busiest process, busiest minute${per(worked.load).padStart(11)}   ${per(found.busiestMinute)}
pages that wait at once        ${worked.waiting.toFixed(0).padStart(10)}   ${found.mostWaiting}
their memory, all processes    ${((worked.waiting * PAGE) / 2 ** 20).toFixed(0).padStart(6)} MiB   ${((found.mostWaiting * PAGE) / 2 ** 20).toFixed(0)} MiB
step, p50 · p99 · p99.9        create ${times('create')}
                               push   ${times('push')}
                               decide ${times('decide')}
                               redeem ${times('redeem')}`)

const apart = (a: number, b: number) => Math.abs(a - b) / b
const holds = [
  [apart(found.busiestMinute, worked.load) < 0.15, 'the arithmetic of the load'],
  [apart(found.mostWaiting, worked.waiting) < 0.15, 'the arithmetic of waiting pages'],
  [quantile(found.took.create, 0.999) < NOTICED, `every step within ${ms(NOTICED)} for all but one in a thousand`],
  [worked.load <= MOST_LOAD + 0.01, `no process busier than ${per(MOST_LOAD)}`],
] as const
for (const [isSo, what] of holds) console.log(`${isSo ? 'holds' : 'DOES NOT HOLD'}: ${what}`)
if (!holds.every(([isSo]) => isSo)) process.exitCode = 1

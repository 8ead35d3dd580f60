// As many pages and phones as a process takes, that only wait, half of them without ever reading: each holds little, and
// no more with time; whoever comes beyond them is refused with a sentence, and people sign in all the while.

import { totalmem } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { boundsOf } from '../../server/overload/bounds.ts'
import { type Child, start } from '../bench/processes.ts'
import { WireApplication } from '../support/wire-application.ts'
import { WireDevice } from '../support/wire-device.ts'
import type { Violation } from './checker.ts'
import { COLLECTED } from './collected.ts'
import type { Fault } from './fault.ts'
import type { Asked, FromIdle, ToIdle } from './idle-main.ts'
import { Installation } from './installation.ts'
import type { PeopleSigningIn } from './people-signing-in.ts'
import { type Create, creating } from './slow-readers.ts'
import { underLoad } from './under-load.ts'

const MANY = { files: 20_000, heldMs: 45_000 }
const FEW = { files: 2500, heldMs: 20_000 }
const COLLECTING = `--import=${new URL('./collecting.ts', import.meta.url)}`
const KIB = 1024
const STEPS = 4
/** Of the last quarter's streams one in four is a phone's: these end after five minutes. */
const PHONES_OF = 4
const BEYOND = 200
const CHANGES = 20
const LANES = 2
/** KiB of the process, for what it once needed it keeps. */
const MOST_A_STREAM = 48
/** KiB of what is in use. */
const MOST_GROWTH_A_STREAM = 1

export const idleStreams: Fault = {
  name: 'as many idle streams as a process takes',
  engines: ['sqlite', 'postgres'],
  run: async ({ databaseUrl, quick }) => {
    const { files, heldMs } = quick ? FEW : MANY
    await using installation = await Installation.open({ databaseUrl })
    await installation.start({ NODE_OPTIONS: COLLECTING }, files)
    const bound = boundsOf({ files, heapBytes: getHeapStatistics().heap_size_limit, memoryBytes: totalmem() }).waiting
    const found: Violation[] = []
    const report = await underLoad(installation, {
      // Their own work would be measured as well: they come when all the others are there.
      lanes: 0,
      harm: async (load) => {
        const idle = new Idle(installation, creating(installation, load))
        try {
          const held = await heldBy(idle, load, { bound, heldMs, memory: () => memoryOf(installation) })
          found.push(...badlyHeld(held, bound))
          return told(held)
        } finally {
          idle.stop()
        }
      },
    })
    return { ...report, violations: [...report.violations, ...found] }
  },
}

/** KiB: of the process, as the system counts it, and of that what is in use. */
type Memory = { process: number; inUse: number }

export type Held = {
  /** KiB a stream, after each step; and at the very end */
  steps: Memory[]
  last: Memory
  /** KiB a stream in use more than when the last was opened, after they were held for a while and told of changes */
  growth: number
  opened: number
  stillOpen: number
  refusals: string[]
  /** seconds in which people signed in meanwhile */
  signedIn: number
}

async function heldBy(
  idle: Idle,
  load: PeopleSigningIn,
  { bound, heldMs, memory }: { bound: number; heldMs: number; memory: () => Promise<Memory> },
): Promise<Held> {
  await idle.prepare()
  const before = await memory()
  const steps: Memory[] = []
  const each = (now: Memory): Memory => ({
    process: (now.process - before.process) / opened,
    inUse: (now.inUse - before.inUse) / opened,
  })
  let opened = 0
  for (let step = 0; step < STEPS; step++) {
    opened += (await idle.open(Math.floor(bound / STEPS), step === STEPS - 1)).opened
    steps.push(each(await memory()))
  }
  const beyond = await idle.open(BEYOND)
  opened += beyond.opened
  const full = each(await memory())
  for (let n = 0; n < CHANGES; n++) await idle.change(n)
  await sleep(heldMs)
  const last = each(await memory())
  const growth = last.inUse - full.inUse
  const { stillOpen } = await idle.open(0)
  const began = performance.now()
  load.start(LANES)
  await load.more(10)
  const signedIn = (performance.now() - began) / 1000
  return { steps, last, growth, opened, stillOpen, refusals: beyond.refusals, signedIn }
}

/** Without its garbage. */
async function memoryOf({ pid, log }: Installation): Promise<Memory> {
  const collected = () => log.filter((line) => line.startsWith(COLLECTED))
  const before = collected().length
  process.kill(pid, 'SIGWINCH')
  while (collected().length === before) await sleep(50)
  const said = JSON.parse(collected().at(-1)?.slice(COLLECTED.length) ?? '') as NodeJS.MemoryUsage
  return { process: said.rss / KIB, inUse: (said.heapUsed + said.external) / KIB }
}

export function badlyHeld({ steps, last, growth, opened, stillOpen, refusals }: Held, bound: number): Violation[] {
  const most = Math.max(...[...steps.slice(1), last].map((memory) => memory.process))
  const silent = refusals.filter((text) => !/^HTTP\/1.1 503 .*retry-after: \d.*"title":"The server/is.test(text))
  const wrong: [boolean, string][] = [
    [most > MOST_A_STREAM, `a stream holds ${most.toFixed(1)} KiB`],
    [growth > MOST_GROWTH_A_STREAM, `a stream holds ${growth.toFixed(1)} KiB more after a while`],
    [opened < bound - 1 || opened > bound, `${opened} were let in, of ${bound} that may wait`],
    [stillOpen < opened, `${opened - stillOpen} were ended`],
    [silent.length > 0, `${silent.length} refused without a sentence: ${silent[0]}`],
  ]
  return wrong.flatMap(([isWrong, says]) => (isWrong ? [{ rule: 'made-up', about: 'idle streams', says }] : []))
}

function told({ steps, last, growth, opened, refusals, signedIn }: Held): string {
  return [
    `${opened} streams, half of them never read: ${steps.map((memory) => memory.inUse.toFixed(1)).join(', ')} KiB each in use after each quarter, ${growth.toFixed(1)} more after they were held and told of ${CHANGES} changes`,
    `of the process ${steps.map((memory) => memory.process.toFixed(1)).join(', ')} and ${last.process.toFixed(1)} KiB each`,
    `${refusals.length} beyond them refused: 503 with Retry-After; ten people signed in meanwhile in ${signedIn.toFixed(1)} s`,
  ].join('; ')
}

/** Who waits: the sockets are in two processes, from two addresses. */
class Idle {
  readonly #installation: Installation
  readonly #create: Create
  readonly #children: Child<ToIdle, FromIdle>[]
  readonly #devices: WireDevice[]
  readonly #pages: string[] = []
  #turn = 0

  constructor(installation: Installation, create: Create) {
    this.#installation = installation
    this.#create = create
    this.#children = [0, 1].map(() => start<ToIdle, FromIdle>('../faults/idle-main.ts'))
    this.#devices = installation.people.map((person) => {
      const device = new WireDevice(installation.wire, Date.now, person.signingKey)
      device.id = person.device
      return device
    })
  }

  async prepare(): Promise<void> {
    for (let n = 0; n < 50; n++) this.#pages.push(await this.#create(this.#name(n), `idle-${n}`))
  }

  async open(count: number, withPhones = false): Promise<FromIdle> {
    const { wire } = this.#installation
    const where = { port: wire.port, host: new URL(wire.origin).host }
    const answers = this.#children.map((child, at) => {
      const asked = Array.from({ length: Math.ceil((count - at) / 2) }, () => this.#asked(withPhones))
      child.send({ ...where, from: `127.0.0.${2 + at}`, asked })
      return child.next()
    })
    const [one, two] = (await Promise.all(answers)) as [FromIdle, FromIdle]
    return {
      opened: one.opened + two.opened,
      refusals: [...one.refusals, ...two.refusals],
      stillOpen: one.stillOpen + two.stillOpen,
    }
  }

  /** All phones of a person are told. */
  async change(n: number): Promise<void> {
    const { wire, apiKey } = this.#installation
    const id = await this.#create(this.#name(n), `changed-${n}`)
    await new WireApplication(wire, apiKey).cancel(id)
  }

  stop(): void {
    for (const child of this.#children) child.stop()
  }

  #asked(withPhones: boolean): Asked {
    const n = this.#turn++
    if (!withPhones || n % PHONES_OF > 0) {
      const path = `/api/v1/login-requests/${this.#pages[n % this.#pages.length]}/events`
      return { path, headers: { authorization: `Bearer ${this.#installation.apiKey}` } }
    }
    const path = '/device/v1/events'
    const device = this.#devices[(n / PHONES_OF) % this.#devices.length] as WireDevice
    return { path, headers: { dpop: device.proof('GET', path) } }
  }

  #name(n: number): string {
    const { people } = this.#installation
    return people[n % people.length]?.username ?? ''
  }
}

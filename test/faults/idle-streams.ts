// As many pages and phones as a process takes, that only wait, half of them without ever reading: each holds little, and
// no more with time; whoever comes beyond them is refused with a sentence, and people sign in all the while.
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
import { type Create, creating, resident } from './slow-readers.ts'
import { underLoad } from './under-load.ts'

const MANY = { files: 20_000, heldMs: 45_000 }
const FEW = { files: 2500, heldMs: 20_000 }
const COLLECTING = `--import=${new URL('./collecting.ts', import.meta.url)}`
const STEPS = 4
/** Of twenty streams one is a phone's. */
const PHONES_OF = 20
const BEYOND = 200
const CHANGES = 20
const LANES = 2
/** KiB of the server's memory. */
const MOST_A_STREAM = 32
const MOST_GROWTH_A_STREAM = 2

export const idleStreams: Fault = {
  name: 'as many idle streams as a process takes',
  engines: ['sqlite', 'postgres'],
  run: async ({ databaseUrl, quick }) => {
    const { files, heldMs } = quick ? FEW : MANY
    await using installation = await Installation.open({ databaseUrl })
    await installation.start({ NODE_OPTIONS: COLLECTING }, files)
    const bound = boundsOf({ files, heapBytes: getHeapStatistics().heap_size_limit }).waiting
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

type Held = {
  /** KiB a stream, after each step */
  steps: number[]
  /** KiB a stream, that they hold more than at first, after they were held for a while and told of changes */
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
  { bound, heldMs, memory }: { bound: number; heldMs: number; memory: () => Promise<number> },
): Promise<Held> {
  await idle.prepare()
  const before = await memory()
  const steps: number[] = []
  let opened = 0
  for (let step = 0; step < STEPS; step++) {
    opened += (await idle.open(Math.floor(bound / STEPS))).opened
    steps.push(((await memory()) - before) / opened)
  }
  const beyond = await idle.open(BEYOND)
  opened += beyond.opened
  const full = await memory()
  for (let n = 0; n < CHANGES; n++) await idle.change(n)
  await sleep(heldMs)
  const growth = ((await memory()) - full) / opened
  const { stillOpen } = await idle.open(0)
  const began = performance.now()
  load.start(LANES)
  await load.more(10)
  const signedIn = (performance.now() - began) / 1000
  return { steps, growth, opened, stillOpen, refusals: beyond.refusals, signedIn }
}

/** KiB, without its garbage. */
async function memoryOf({ pid, log }: Installation): Promise<number> {
  const collected = () => log.filter((line) => line === COLLECTED).length
  const before = collected()
  process.kill(pid, 'SIGWINCH')
  while (collected() === before) await sleep(50)
  return resident(pid)
}

function badlyHeld({ steps, growth, opened, stillOpen, refusals }: Held, bound: number): Violation[] {
  const most = Math.max(...steps.slice(1))
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

function told({ steps, growth, opened, refusals, signedIn }: Held): string {
  return [
    `${opened} streams, half of them never read: ${steps.map((kib) => kib.toFixed(1)).join(', ')} KiB each after each quarter`,
    `${growth.toFixed(1)} KiB more each after they were held, and told of ${CHANGES} changes`,
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

  async open(count: number): Promise<FromIdle> {
    const { wire } = this.#installation
    const where = { port: wire.port, host: new URL(wire.origin).host }
    const answers = this.#children.map((child, at) => {
      const asked = Array.from({ length: Math.ceil((count - at) / 2) }, () => this.#asked())
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

  #asked(): Asked {
    const n = this.#turn++
    if (n % PHONES_OF > 0) {
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

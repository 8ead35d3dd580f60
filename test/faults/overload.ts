// Five times as much as the server can do: it refuses creating at once, with Retry-After, and goes on deciding.
import { percentile } from '../bench/figures.ts'
import { type Child, start } from '../bench/processes.ts'
import type { Violation } from './checker.ts'
import type { FromCrowd, ToCrowd } from './crowd-main.ts'
import type { Fault } from './fault.ts'
import { Installation } from './installation.ts'
import type { PeopleSigningIn } from './people-signing-in.ts'
import { badlyShed, madeIn, refusedIn, type Shed } from './shedding.ts'
import { underLoad } from './under-load.ts'

const TIMES = 5
const CROWD = 2000
const MADE_READY_MS = 3000

export const overload: Fault = {
  name: '5 × overload',
  engines: ['sqlite', 'postgres'],
  run: async ({ databaseUrl, quick }) => {
    await using installation = await Installation.open({ databaseUrl, people: CROWD, subscribed: 20 })
    await installation.start()
    const found: Violation[] = []
    const report = await underLoad(installation, {
      lanes: 4,
      harm: async (load) => {
        const crowd = new Crowd(load)
        await crowd.open(installation)
        const shed = await shedBy(
          crowd,
          load,
          quick ? { fullMs: 3000, pressMs: 4000 } : { fullMs: 8000, pressMs: 20_000 },
        )
        crowd.stop()
        found.push(...badlyShed(shed))
        return told(shed)
      },
    })
    return { ...report, violations: [...report.violations, ...found] }
  },
}

async function shedBy(
  crowd: Crowd,
  load: PeopleSigningIn,
  { fullMs, pressMs }: { fullMs: number; pressMs: number },
): Promise<Shed> {
  const { asking } = load
  // Until the server's code has been compiled for what it does here.
  await crowd.most(MADE_READY_MS)
  asking.decisions.length = 0
  const { seen: full } = await crowd.most(fullMs)
  const atFull = { creations: full, decisions: asking.decisions.splice(0) }
  const refusedBefore = asking.decisionsRefused
  const { seen: creations, behindMs } = await crowd.press((TIMES * 1000 * madeIn(full).length) / fullMs, pressMs)
  const decisionsRefused = asking.decisionsRefused - refusedBefore
  const pressed = { creations, decisions: asking.decisions.splice(0), decisionsRefused, behindMs }
  const ended = performance.now()
  await load.more(4)
  return { atFull, pressed, times: TIMES, recovered: performance.now() - ended }
}

function told({ atFull, pressed, recovered }: Shed): string {
  const [before, made, refused] = [madeIn(atFull.creations), madeIn(pressed.creations), refusedIn(pressed.creations)]
  const p = (values: readonly number[]) =>
    `${percentile([...values], 0.5).toFixed(0)} · ${percentile([...values], 0.99).toFixed(0)} ms`
  const unanswered = pressed.creations.filter(({ status }) => status === null).length
  return [
    `creations answered in ${p(before)} (p50 · p99) at full load; ${pressed.creations.length} asked for at ${TIMES} × that`,
    `${made.length} made (${p(made)}), ${refused.length} refused with Retry-After (${p(refused)}), ${unanswered} without an answer within 8 s`,
    `decisions in ${p(atFull.decisions)} at full load and ${p(pressed.decisions)} beyond it, ${pressed.decisions.length} of them, ${pressed.decisionsRefused} refused`,
    `four more had signed in ${(recovered / 1000).toFixed(1)} s after it ended`,
  ].join('; ')
}

/** Applications that ask for login requests, of people whose phones are off. */
class Crowd {
  readonly #load: PeopleSigningIn
  readonly #child: Child<ToCrowd, FromCrowd>

  constructor(load: PeopleSigningIn) {
    this.#load = load
    this.#child = start<ToCrowd, FromCrowd>('../faults/crowd-main.ts')
  }

  /** Their pools of connections. */
  async open({ wire, apiKey, people }: Installation): Promise<void> {
    await this.#played({ wire, apiKey, usernames: people.slice(20).map(({ username }) => username) })
  }

  /** Each of many waits for its answer. */
  most(ms: number): Promise<FromCrowd> {
    return this.#played({ most: ms })
  }

  press(aSecond: number, ms: number): Promise<FromCrowd> {
    return this.#played({ aSecond, ms })
  }

  /** Its own order of them is not known here: each may have happened at any time while it was at it. */
  async #played(order: ToCrowd): Promise<FromCrowd> {
    const began = this.#load.history.mark()
    this.#child.send(order)
    const { seen, behindMs } = await this.#child.next()
    for (const { login, id, status } of seen) {
      const said = status === 201 ? 'yes' : status === null ? 'unknown' : 'no'
      this.#load.history.begin('create', login, id, began)({ said })
    }
    return { seen, behindMs }
  }

  stop(): void {
    this.#child.stop()
  }
}

// Five times as much as the server can do: it refuses creating at once, with Retry-After, and goes on deciding.
import { percentile } from '../bench/figures.ts'
import { type Child, start } from '../bench/processes.ts'
import type { Violation } from './checker.ts'
import type { FromCrowd, Seen, ToCrowd } from './crowd-main.ts'
import type { Fault } from './fault.ts'
import { Installation } from './installation.ts'
import type { PeopleSigningIn } from './people-signing-in.ts'
import { underLoad } from './under-load.ts'

const TIMES = 5
const CROWD = 2000

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
        const crowd = new Crowd(installation, load)
        await load.more(20)
        const calm = load.asking.decisions.splice(0)
        const most = await crowd.most(quick ? 1500 : 5000)
        load.asking.decisions.length = 0
        const seen = await crowd.press(TIMES * most, quick ? 3000 : 15_000)
        const pressed = load.asking.decisions.splice(0)
        const before = performance.now()
        await load.more(4)
        const recovered = performance.now() - before
        crowd.stop()
        found.push(...wrong(seen))
        return told({ most, seen, calm, pressed, recovered })
      },
    })
    return { ...report, violations: [...report.violations, ...found] }
  },
}

/** Whoever is refused is told when to come back. */
function wrong(seen: readonly Seen[]): Violation[] {
  const silent = seen.filter(({ status, hasRetryAfter }) => status === 503 && !hasRetryAfter).length
  if (silent === 0) return []
  return [{ rule: 'made-up', about: 'overload', says: `${silent} × 503 without Retry-After` }]
}

type Figures = { most: number; seen: readonly Seen[]; calm: number[]; pressed: number[]; recovered: number }

function told({ most, seen, calm, pressed, recovered }: Figures): string {
  const made = seen.filter(({ status }) => status === 201).map(({ ms }) => ms)
  const refused = seen.filter(({ status }) => status === 503).map(({ ms }) => ms)
  const p = (values: number[]) => `${percentile(values, 0.5).toFixed(0)} · ${percentile(values, 0.99).toFixed(0)} ms`
  return [
    `${most.toFixed(0)} creations a second are what it can do; asked for ${TIMES} × that, ${seen.length} in all`,
    `${made.length} made (p50 · p99 ${p(made)}), ${refused.length} refused with Retry-After (${p(refused)}), ${seen.length - made.length - refused.length} without an answer within 8 s`,
    `decisions answered in ${p(calm)} before and ${p(pressed)} meanwhile, ${pressed.length} of them`,
    `four more had signed in ${(recovered / 1000).toFixed(1)} s after it ended`,
  ].join('; ')
}

/** Applications that ask for login requests, of people whose phones are off. */
class Crowd {
  readonly #load: PeopleSigningIn
  readonly #child: Child<ToCrowd, FromCrowd>

  constructor({ wire, apiKey, people }: Installation, load: PeopleSigningIn) {
    this.#load = load
    this.#child = start<ToCrowd, FromCrowd>('../faults/crowd-main.ts')
    this.#child.send({ wire, apiKey, usernames: people.slice(20).map(({ username }) => username) })
  }

  /** @returns creations a second where each of many waits for its answer */
  async most(ms: number): Promise<number> {
    const seen = await this.#played({ most: ms })
    return (1000 * seen.filter(({ status }) => status === 201).length) / ms
  }

  press(aSecond: number, ms: number): Promise<Seen[]> {
    return this.#played({ aSecond, ms })
  }

  /** Its own order of them is not known here: each may have happened at any time while it was at it. */
  async #played(order: ToCrowd): Promise<Seen[]> {
    const began = this.#load.history.mark()
    this.#child.send(order)
    const { seen } = await this.#child.next()
    for (const { login, id, status } of seen) {
      const said = status === 201 ? 'yes' : status === null ? 'unknown' : 'no'
      this.#load.history.begin('create', login, id, began)({ said })
    }
    return seen
  }

  stop(): void {
    this.#child.stop()
  }
}

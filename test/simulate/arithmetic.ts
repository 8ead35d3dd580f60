// What docs/scale.md works out by hand, from a few figures: to be held beside a simulation.
import { chanceOf, decidesAfter, type Morning, peakRate } from './morning.ts'
import type { Servers } from './queue.ts'

export type Worked = {
  /** logins a second */
  peak: number
  /** how busy each process is then, 0 to 1 */
  load: number
  /** pages that wait at once */
  waiting: number
}

/** Of a process's time, what may be taken: beyond it a queue grows faster than its load. */
export const MOST_LOAD = 0.6

export function workedOut(morning: Morning, servers: Servers): Worked {
  const peak = peakRate(morning)
  return { peak, load: (peak * busy(servers)) / servers.processes, waiting: peak * meanWait(servers) }
}

/** Processes for the peak. */
export const processesFor = (morning: Morning, servers: Omit<Servers, 'processes'>) =>
  Math.ceil((peakRate(morning) * busy(servers)) / MOST_LOAD)

/** Who never decides costs neither a decision nor a redemption. */
function busy({ login, steps }: Omit<Servers, 'processes'>): number {
  return login * (steps.create + steps.push + DECIDING * (steps.decide + steps.redeem))
}

const SAMPLE = 50_000
const samples = Array.from(
  { length: SAMPLE },
  (
    (chance) => () =>
      decidesAfter(chance)
  )(chanceOf(1)),
)
const DECIDING = samples.filter((after) => after !== undefined).length / SAMPLE

/** Little's law needs the mean alone. */
function meanWait({ lifetime }: Pick<Servers, 'lifetime'>): number {
  return samples.reduce<number>((sum, after) => sum + (after ?? lifetime), 0) / SAMPLE
}

// An open loop: what is asked for begins when it is due, whether or not anything before it is through. A server that is slow
// gets no fewer calls for it.
import { Worker } from 'node:worker_threads'
import { chanceOf, exponential } from '../simulate/morning.ts'

/** Milliseconds after the run began; to the thread that says when each is due. */
export type Schedule = { dues: Float64Array; from: bigint }

const SEED = 1

export class Pace {
  readonly #thread = new Worker(new URL('./pace-thread.ts', import.meta.url))

  /**
   * As people come who know nothing of one another (Poisson), in each run at the same moments.
   * @returns by how much each was begun after it was due, in milliseconds
   */
  async run(perSecond: number, total: number, begin: () => Promise<void>): Promise<number[]> {
    const dues = arrivals(perSecond, total)
    const late: number[] = []
    const work: Promise<void>[] = []
    const from = performance.now()
    const begun = Promise.withResolvers<void>()
    const onDue = (until: number) => {
      for (let next = work.length; next < until; next++) {
        late.push(performance.now() - from - (dues[next] ?? 0))
        work.push(begin())
      }
      if (until === total) begun.resolve()
    }
    this.#thread.on('message', onDue)
    this.#thread.postMessage({ dues, from: process.hrtime.bigint() } satisfies Schedule)
    await begun.promise
    this.#thread.off('message', onDue)
    await Promise.all(work)
    return late
  }

  async close(): Promise<void> {
    await this.#thread.terminate()
  }
}

function arrivals(perSecond: number, total: number): Float64Array {
  const chance = chanceOf(SEED)
  let at = 0
  return Float64Array.from({ length: total }, () => {
    at += exponential(1000 / perSecond, chance)
    return at
  })
}

// Server processes as queues: each does one thing at a time, in the order in which it came, and a login is four things.
import { type Chance, decidesAfter, exponential } from './morning.ts'

export type Servers = {
  processes: number
  /** processor seconds of a whole login */
  login: number
  /** what of it each step takes; together 1 */
  steps: Record<Step, number>
  /** how long a page waits at most, seconds */
  lifetime: number
}
export type Step = 'create' | 'push' | 'decide' | 'redeem'

export type Simulated = {
  /** from a step's arrival to its end, seconds, in order of length */
  took: Record<Step, Float64Array>
  /** of one process, the most in any one minute, 0 to 1 */
  busiestMinute: number
  /** pages that waited at once, at most */
  mostWaiting: number
  logins: number
}

const ORDER: readonly Step[] = ['create', 'push', 'decide', 'redeem']
const MINUTE = 60

/** @param arrivals seconds, in order */
export function simulate(arrivals: Float64Array, servers: Servers, chance: Chance): Simulated {
  const free = new Float64Array(servers.processes)
  const took = { create: [], push: [], decide: [], redeem: [] } as Record<Step, number[]>
  const busy = new Map<number, number>()
  const events = new Events()
  let [waiting, mostWaiting, next] = [0, 0, 0]

  /** @returns when it is done */
  function serve(step: Step, at: number): number {
    const process = Math.floor(chance() * servers.processes)
    const work = exponential(servers.login * servers.steps[step], chance)
    const done = Math.max(at, free[process] ?? 0) + work
    free[process] = done
    const minute = Math.floor(done / MINUTE) * servers.processes + process
    busy.set(minute, (busy.get(minute) ?? 0) + work)
    took[step].push(done - at)
    return done
  }

  function begin(at: number): void {
    const created = serve('create', at)
    mostWaiting = Math.max(mostWaiting, ++waiting)
    events.add(created, 'push')
  }

  function go({ at, kind }: Event): void {
    if (kind === 'leave') waiting -= 1
    else if (kind === 'redeem') events.add(serve('redeem', at), 'leave')
    else if (kind === 'decide') events.add(serve('decide', at), 'redeem')
    else {
      const shown = serve('push', at)
      const after = decidesAfter(chance)
      events.add(after === undefined ? at + servers.lifetime : shown + after, after === undefined ? 'leave' : 'decide')
    }
  }

  while (next < arrivals.length || events.size > 0) {
    const arrival = arrivals[next] ?? Number.POSITIVE_INFINITY
    if (arrival <= events.first) {
      begin(arrival)
      next += 1
    } else go(events.take())
  }
  return {
    took: Object.fromEntries(ORDER.map((step) => [step, Float64Array.from(took[step]).sort()])) as Simulated['took'],
    busiestMinute: [...busy.values()].reduce((most, work) => Math.max(most, work / MINUTE), 0),
    mostWaiting,
    logins: arrivals.length,
  }
}

export const quantile = (sorted: Float64Array, q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0

type Event = { at: number; kind: Exclude<Step, 'create'> | 'leave' }

/** What will happen, the next first: a binary heap. */
class Events {
  readonly #heap: Event[] = []

  get size(): number {
    return this.#heap.length
  }

  get first(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  add(at: number, kind: Event['kind']): void {
    const heap = this.#heap
    let i = heap.push({ at, kind }) - 1
    for (let up = (i - 1) >> 1; i > 0 && (heap[up] as Event).at > at; up = (i - 1) >> 1) {
      heap[i] = heap[up] as Event
      i = up
      heap[i] = { at, kind }
    }
  }

  take(): Event {
    const heap = this.#heap
    const first = heap[0] as Event
    const last = heap.pop() as Event
    if (heap.length === 0) return first
    let i = 0
    for (;;) {
      let down = 2 * i + 1
      if (down >= heap.length) break
      if (down + 1 < heap.length && (heap[down + 1] as Event).at < (heap[down] as Event).at) down += 1
      if ((heap[down] as Event).at >= last.at) break
      heap[i] = heap[down] as Event
      i = down
    }
    heap[i] = last
    return first
  }
}

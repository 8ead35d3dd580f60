// What an overloaded server owes whoever asks: pure, on what they saw at full load and beyond it.
import { percentile } from '../bench/figures.ts'
import type { Violation } from './checker.ts'
import type { Seen } from './crowd-main.ts'

/** Milliseconds; what was seen at full load, where everybody waits for an answer, and while more was asked than can be done. */
export type Shed = {
  atFull: { creations: readonly Seen[]; decisions: readonly number[] }
  pressed: { creations: readonly Seen[]; decisions: readonly number[]; decisionsRefused: number; behindMs: number }
  /** how often as much was asked as is done at full load */
  times: number
  /** until people had signed in again */
  recovered: number
}

/** Twice as many may be under way as at full load, refusing the others takes its share, and so does whoever asks. */
const SLOWER = 6
/** Below this nobody minds, and a clock of a busy machine says nothing. */
const SOON_MS = 500
/** Whoever asks must keep up, or what they wait for is themselves. */
const MOST_BEHIND_MS = 500
const RECOVERED_WITHIN_MS = 10_000
const MOST_UNANSWERED = 0.01

export const madeIn = (seen: readonly Seen[]) => seen.filter(({ status }) => status === 201).map(({ ms }) => ms)
export const refusedIn = (seen: readonly Seen[]) =>
  seen.filter(({ status }) => status === 503 || status === 429).map(({ ms }) => ms)
const p99 = (values: readonly number[]) => Math.round(percentile([...values], 0.99))

export function badlyShed({ atFull, pressed, times, recovered }: Shed): Violation[] {
  const { creations } = pressed
  const made = madeIn(creations)
  const refused = refusedIn(creations)
  const silent = creations.filter(({ status, hasRetryAfter }) => status !== 201 && status !== null && !hasRetryAfter)
  const unanswered = creations.filter(({ status }) => status === null).length
  const [latest, bound] = [p99(made), bounded(p99(madeIn(atFull.creations)))]
  const [decided, decidedBound] = [p99(pressed.decisions), bounded(p99(atFull.decisions))]
  const found: [boolean, string][] = [
    [
      pressed.behindMs > MOST_BEHIND_MS,
      `it was asked ${Math.round(pressed.behindMs)} ms too late: this proves nothing`,
    ],
    [silent.length > 0, `${silent.length} refused without Retry-After`],
    [refused.length < creations.length / 2, `${refused.length} of ${creations.length} refused at ${times} × full load`],
    [unanswered > MOST_UNANSWERED * creations.length, `${unanswered} of ${creations.length} without an answer`],
    [made.length === 0 || latest > bound, `creations answered in ${latest} ms (p99), ${bound} ms allowed`],
    [pressed.decisionsRefused > 0, `${pressed.decisionsRefused} decisions refused`],
    [
      pressed.decisions.length === 0 || decided > decidedBound,
      `decisions in ${decided} ms, ${decidedBound} ms allowed`,
    ],
    [recovered > RECOVERED_WITHIN_MS, `nobody had signed in again after ${RECOVERED_WITHIN_MS} ms`],
  ]
  return found.flatMap(([isWrong, says]) => (isWrong ? [{ rule: 'overload', about: 'shedding', says }] : []))
}

const bounded = (ms: number) => Math.round(Math.max(SOON_MS, SLOWER * ms))

// Who looks after a server is told that it has too much to do, once in a while: the log is not what fills the disk.
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { whenStopping } from '../stopping.ts'
import { elapsed } from '../throttling/elapsed.ts'

const EVERY_MS = 10_000
/** Of one kind in that time: whoever asks in good faith finds their line, and a stranger fills no disk with theirs. */
const MOST = 100

/** @returns to be called each time, with what is to be said besides; it says so at most once in ten seconds */
export function toldSeldom(
  { clock, log }: { clock: Pick<Clock, 'now'>; log: Logger },
  about: object,
  says: string,
): (more?: object) => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return (more) => {
    if (elapsed(toldAt, clock.now(), EVERY_MS) < EVERY_MS) return
    toldAt = clock.now()
    log.warn({ ...about, ...more }, says)
  }
}

export type Line = { level: keyof Logger; about: Record<string, unknown>; says: string }
export type TellNeeds = { clock: Pick<Clock, 'now' | 'alarm'>; log: Logger; stopping: AbortSignal }

/** Of one kind, since its first line. */
type Told = Pick<Line, 'level' | 'says'> & { since: number; count: number; end: () => void }

/**
 * @returns to be called for each line. Of one kind it writes 100 in ten seconds, and when these are over, or the server
 * stops, how many more there were (`untold`). Kinds are of a known set: each is remembered
 */
export function toldSparingly({ clock, log, stopping }: TellNeeds): (kind: string, line: Line) => void {
  const kinds = new Map<string, Told>()
  whenStopping(stopping, () => {
    for (const { end } of kinds.values()) end()
  })
  function begin(kind: string, { level, says }: Line): Told {
    const told = { level, says, since: clock.now(), count: 0, end: () => kinds.delete(kind) }
    kinds.set(kind, told)
    return told
  }
  /** Not at the first line: most kinds never come so far, and then nothing is to be told at their end. */
  function willTell(kind: string, told: Told): void {
    const tellNoMore = clock.alarm(told.since + EVERY_MS - clock.now(), () => told.end())
    told.end = () => {
      kinds.delete(kind)
      tellNoMore()
      log[told.level]({ kind, untold: told.count - MOST }, told.says)
    }
  }
  return (kind, line) => {
    let told = kinds.get(kind)
    if (told && elapsed(told.since, clock.now(), EVERY_MS) >= EVERY_MS) told.end()
    told = kinds.get(kind) ?? begin(kind, line)
    told.count += 1
    if (told.count <= MOST) log[line.level](line.about, line.says)
    if (told.count === MOST + 1 && !stopping.aborted) willTell(kind, told)
  }
}

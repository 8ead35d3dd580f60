// Who looks after a server is told that it has too much to do, once in a while: the log is not what fills the disk.
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'

const EVERY_MS = 10_000
/** Of one kind in that time: whoever asks in good faith finds their line, and a stranger fills no disk with theirs. */
const MOST = 100

type Needs = { clock: Pick<Clock, 'now'>; log: Logger }

/** @returns to be called each time; it says so at most once in ten seconds */
export function toldSeldom({ clock, log }: Needs, about: object, says: string): () => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return () => {
    if (isWithin(clock.now(), toldAt)) return
    toldAt = clock.now()
    log.warn({ ...about }, says)
  }
}

export type Line = { level: keyof Logger; about: Record<string, unknown>; says: string }

/** @returns to be called for each line; of one kind it writes 100 in ten seconds, and with the next how many more there were */
export function toldSparingly({ clock, log }: Needs): (kind: string, line: Line) => void {
  const kinds = new Map<string, { since: number; count: number }>()
  return (kind, { level, about, says }) => {
    const now = clock.now()
    const before = kinds.get(kind)
    if (before && isWithin(now, before.since)) {
      before.count += 1
      if (before.count <= MOST) log[level](about, says)
      return
    }
    kinds.set(kind, { since: now, count: 1 })
    const untold = (before?.count ?? 0) - MOST
    log[level](untold > 0 ? { ...about, untold } : about, says)
  }
}

/** A clock that was set back does not make it silent for as long. */
const isWithin = (now: number, since: number) => Math.abs(now - since) < EVERY_MS

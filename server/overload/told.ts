// Who looks after a server is told that it has too much to do, once in a while: the log is not what fills the disk.
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'

const EVERY_MS = 10_000

/** @returns to be called each time; it says so at most once in ten seconds */
export function toldSeldom({ clock, log }: { clock: Clock; log: Logger }, about: object, says: string): () => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return () => {
    if (clock.now() - toldAt < EVERY_MS) return
    toldAt = clock.now()
    log.warn({ ...about }, says)
  }
}

// The rooms of a server: deciding has far more of it than creating, for a request that is not decided was asked in vain.
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { type Room, room } from './room.ts'

export type Rooms = { creating: Room; deciding: Room }

/** What a server gets through in about a tenth of a second. */
export const MOST_UNDER_WAY = { creating: 128, deciding: 1024 }
/** Who looks after it is told, and the log is not what fills the disk. */
const TOLD_EVERY_MS = 10_000

export function rooms(
  { clock, log }: { clock: Clock; log: Logger },
  most: { creating: number; deciding: number } = MOST_UNDER_WAY,
): Rooms {
  const made = (work: keyof Rooms) => {
    let toldAt = Number.NEGATIVE_INFINITY
    return room(most[work], () => {
      if (clock.now() - toldAt < TOLD_EVERY_MS) return
      toldAt = clock.now()
      log.warn({ work, most: most[work] }, 'more is asked of this server than it can do: some are told to come back')
    })
  }
  return { creating: made('creating'), deciding: made('deciding') }
}

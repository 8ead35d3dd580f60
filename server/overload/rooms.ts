// The rooms of a server: deciding has far more of it than creating, for a request that is not decided was asked in vain.
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { type Room, room } from './room.ts'
import { type Turn, turn } from './turn.ts'

export type Rooms = { creating: Room; deciding: Room }

/** What a server gets through in a fraction of a second, where the store is slower than the processor. */
const MOST_UNDER_WAY = { creating: 128, deciding: 1024 }
/** Of each turn of the event loop, where the processor is the slower of them. */
const CREATING_MS = 100
/** Who looks after it is told, and the log is not what fills the disk. */
const TOLD_EVERY_MS = 10_000

/** @param needs.worked milliseconds of its thread’s processor time */
export function rooms(
  { clock, log, worked }: { clock: Clock; log: Logger; worked: () => number },
  most: { creating: number; deciding: number } = MOST_UNDER_WAY,
): Rooms {
  const made = (work: keyof Rooms, share?: Turn) => {
    let toldAt = Number.NEGATIVE_INFINITY
    const tell = () => {
      if (clock.now() - toldAt < TOLD_EVERY_MS) return
      toldAt = clock.now()
      log.warn({ work, most: most[work] }, 'more is asked of this server than it can do: some are told to come back')
    }
    return room(most[work], tell, share)
  }
  const share = turn(CREATING_MS, worked)
  return { creating: made('creating', share), deciding: made('deciding') }
}

// How much of one kind of work may be under way at once: what comes beyond it is refused while refusing is still quick.
// Everybody who is let in is answered soon then, and whoever decides is not kept waiting by those who ask.
import { Problem } from '../../protocol/problems.ts'
import type { Turn } from './turn.ts'

export type Room = {
  /** @returns to be called at the end of the work @throws {Problem} unavailable, with `Retry-After` */
  enter(): () => void
  /** What to answer where there is no room; for before anything is read or looked up. */
  refusal(): Problem | undefined
}

/** Told to its caller alone: whoever looks after the server hears of it by told.ts, not by a line for each. */
export class NoRoom extends Problem {
  /** @param seconds until the caller may come back */
  constructor(seconds: number) {
    super('unavailable', { headers: { 'Retry-After': String(seconds) } })
  }
}

/** Seconds; they take turns, so that not all who were refused come back together. */
const COME_BACK_AFTER = [1, 2, 3]

/** Work that takes its place in a room, where there is one. @throws {Problem} unavailable */
export async function inside<T>(room: Room | undefined, work: () => Promise<T>): Promise<T> {
  const leave = room?.enter()
  try {
    return await work()
  } finally {
    leave?.()
  }
}

/** @param onFull told of each refusal @param turn what of a turn of the event loop this work may take */
export function room(most: number, onFull: () => void = () => {}, turn?: Turn): Room {
  let inside = 0
  let refused = 0

  function refusal(): Problem | undefined {
    if (inside < most && !turn?.isOver()) return undefined
    onFull()
    return new NoRoom(COME_BACK_AFTER[refused++ % COME_BACK_AFTER.length] ?? 1)
  }

  return {
    refusal,
    enter: () => {
      const full = refusal()
      if (full) throw full
      turn?.enter()
      inside += 1
      return () => {
        inside -= 1
      }
    },
  }
}

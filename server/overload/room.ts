// How much of one kind of work may be under way at once: what comes beyond it is refused while refusing is still quick.
// Everybody who is let in is answered soon then, and whoever decides is not kept waiting by those who ask. Some of it is
// kept for those who hold less of it than the others do: whoever floods it is turned away alone.
import { Problem } from '../../protocol/problems.ts'
import { shares } from './shares.ts'
import type { Turn } from './turn.ts'

export type Room = {
  /** @param who whose work it is @returns to be called at its end @throws {Problem} unavailable, with `Retry-After` */
  enter(who: string): () => void
  /** What to answer where there is no room for them; for before anything is read or looked up. */
  refusal(who: string): Problem | undefined
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

/** What more there is for whoever holds less than the others: as a part of the room, and at most. */
const KEPT_PART = 4
const MOST_KEPT = 512

/** Work that takes its place in a room, where there is one. @throws {Problem} unavailable */
export async function inside<T>(room: Room | undefined, who: string, work: () => Promise<T>): Promise<T> {
  const leave = room?.enter(who)
  try {
    return await work()
  } finally {
    leave?.()
  }
}

/** @param onFull told of each refusal, and of whom @param turn what of a turn of the event loop this work may take */
export function room(most: number, onFull: (who: string) => void = () => {}, turn?: Turn): Room {
  const held = shares()
  const kept = Math.min(MOST_KEPT, Math.floor(most / KEPT_PART))
  let refused = 0

  const isFull = (who: string) => held.all >= most && (held.all >= most + kept || !held.isBehind(who))

  function refusal(who: string): Problem | undefined {
    if (!isFull(who) && !turn?.isOver(who)) return undefined
    onFull(who)
    return new NoRoom(COME_BACK_AFTER[refused++ % COME_BACK_AFTER.length] ?? 1)
  }

  return {
    refusal,
    enter: (who) => {
      const full = refusal(who)
      if (full) throw full
      turn?.enter(who)
      held.take(who)
      let isHere = true
      return () => {
        if (isHere) held.leave(who)
        isHere = false
      }
    },
  }
}

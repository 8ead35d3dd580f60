// How much of one turn of the event loop a kind of work may take. Calls that have arrived are handled one after another
// in one turn, and none of their answers leaves before its end: where a turn is long already, more work in it makes
// everybody wait who is in it, and everybody who comes meanwhile. What counts is work done, not time gone by: a process
// that others keep from its processor has not been asked for too much.
import { type Shares, shares } from './shares.ts'

export type Turn = {
  /** One more begins in this turn. */
  enter(who: string): void
  /** For them: whoever has had less of it than others may have as much again in it as all of these had, together. */
  isOver(who: string): boolean
}

const ALWAYS = 16

type Turning = {
  /** fewer are never too many, whatever else this turn had to do */
  always?: number
  nextTurn?: (begin: () => void) => void
}

/** `full`: how many had begun when it was found to be over. */
type Begun = { at: number; had: Shares; full?: number }

/** @param ms of each turn @param worked milliseconds of processor time so far */
export function turn(
  ms: number,
  worked: () => number,
  { always = ALWAYS, nextTurn = setImmediate }: Turning = {},
): Turn {
  let begun: Begun | undefined

  function begin(): Begun {
    nextTurn(() => {
      begun = undefined
    })
    return { at: worked(), had: shares() }
  }

  return {
    enter: (who) => {
      begun ??= begin()
      begun.had.take(who)
    },
    isOver: (who) => {
      if (begun === undefined || begun.had.all < always) return false
      if (begun.full === undefined && worked() - begun.at > ms) begun.full = begun.had.all
      return begun.full !== undefined && (begun.had.all >= 2 * begun.full || !begun.had.isBehind(who))
    },
  }
}

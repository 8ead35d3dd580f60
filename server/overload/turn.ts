// How much of one turn of the event loop a kind of work may take. Calls that have arrived are handled one after another
// in one turn, and none of their answers leaves before its end: where a turn is long already, more work in it makes
// everybody wait who is in it, and everybody who comes meanwhile. What counts is work done, not time gone by: a process
// that others keep from its processor has not been asked for too much.

export type Turn = {
  /** One more begins in this turn. */
  enter(): void
  isOver(): boolean
}

/** Fewer are never too many, whatever else this turn had to do. */
const ALWAYS = 16

/** @param ms of each turn @param worked milliseconds of processor time so far */
export function turn(ms: number, worked: () => number, nextTurn: (begin: () => void) => void = setImmediate): Turn {
  let began: number | undefined
  let entered = 0
  return {
    enter: () => {
      entered += 1
      if (began !== undefined) return
      began = worked()
      nextTurn(() => {
        began = undefined
        entered = 0
      })
    },
    isOver: () => began !== undefined && entered >= ALWAYS && worked() - began > ms,
  }
}

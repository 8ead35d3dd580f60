// How much of one turn of the event loop a kind of work may take. Calls that have arrived are handled one after another
// in one turn, and none of their answers leaves before its end: where a turn is long already, more work in it makes
// everybody wait who is in it, and everybody who comes meanwhile.

export type Turn = {
  /** One more begins in this turn. */
  enter(): void
  isOver(): boolean
}

/** Fewer are never too many: a process that was merely kept from its processor refuses nobody. */
const ALWAYS = 16

/** @param ms of each turn @param now milliseconds that only rise */
export function turn(ms: number, now: () => number, nextTurn: (begin: () => void) => void = setImmediate): Turn {
  let began: number | undefined
  let entered = 0
  return {
    enter: () => {
      entered += 1
      if (began !== undefined) return
      began = now()
      nextTurn(() => {
        began = undefined
        entered = 0
      })
    },
    isOver: () => began !== undefined && entered >= ALWAYS && now() - began > ms,
  }
}

// Light calls, such as reading and looking a passcode up, are refused to nobody: each costs a fraction of a millisecond.
// Many of one name at once are a long turn of the event loop all the same, and nobody is answered before its end. So light
// calls have a part of each turn, and what comes beyond it waits for the next. Attack stopped: one application or address
// that asks without a pause, on many connections, and has everybody else wait for all of it at each step.
import type { Turn } from './turn.ts'

/** @returns once they may begin; who has had less of this turn than others may at once */
export type InTurn = (who: string) => Promise<void>

const AT_ONCE = Promise.resolve()

/** @param turn what light calls have of it */
export function inTurn(turn: Turn, nextTurn: (begin: () => void) => void = setImmediate): InTurn {
  const waiting: { who: string; begin: () => void }[] = []
  let isGoingOn = false

  /** One after another, so that it is known what those before have cost. */
  function goOn(): void {
    const [first] = waiting
    isGoingOn = first !== undefined
    if (!first) return
    if (turn.isOver(first.who)) {
      nextTurn(goOn)
      return
    }
    waiting.shift()
    turn.enter(first.who)
    first.begin()
    queueMicrotask(goOn)
  }

  return (who) => {
    if (turn.isOver(who)) {
      if (!isGoingOn) nextTurn(goOn)
      isGoingOn = true
      return new Promise((begin) => waiting.push({ who, begin }))
    }
    turn.enter(who)
    return AT_ONCE
  }
}

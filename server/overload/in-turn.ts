// Light calls, such as reading and looking a passcode up, cost a fraction of a millisecond each. Many of one name at once
// are a long turn of the event loop all the same, and nobody is answered before its end. So light calls have a part of each
// turn, and what comes beyond it waits for a later one, where one of each name begins after another. Attack stopped: one
// application or address that asks without a pause, on many connections, and has everybody else wait for all of it.
import type { Room } from './room.ts'
import type { Turn } from './turn.ts'

/**
 * @param leaving told what to do when whoever asked is gone: nothing of them waits then
 * @returns once they may begin; who has had less of this turn than others may at once
 * @throws {Problem} unavailable: as many wait as there is room for
 */
export type InTurn = (who: string, leaving?: (left: () => void) => void) => Promise<void>

const AT_ONCE = Promise.resolve()

/** @param turn what light calls have of it @param place for those who wait */
export function inTurn(turn: Turn, place: Room, nextTurn: (begin: () => void) => void = setImmediate): InTurn {
  /** Of each name in the order of their coming. */
  const waiting = new Map<string, Set<() => void>>()
  let isGoingOn = false

  /** One after another, so that it is known what those before have cost. */
  function goOn(): void {
    const [next] = waiting
    if (!next) {
      isGoingOn = false
      return
    }
    const [who, line] = next
    if (turn.isOver(who)) {
      nextTurn(goOn)
      return
    }
    // The others first.
    waiting.delete(who)
    if (line.size > 1) waiting.set(who, line)
    turn.enter(who)
    const [begin] = line
    begin?.()
    queueMicrotask(goOn)
  }

  function wait(who: string, begun: () => void): () => void {
    const leave = place.enter(who)
    const line = waiting.get(who) ?? new Set()
    waiting.set(who, line)
    function left(): void {
      if (!line.delete(begin)) return
      leave()
      if (line.size === 0 && waiting.get(who) === line) waiting.delete(who)
    }
    function begin(): void {
      left()
      begun()
    }
    line.add(begin)
    if (!isGoingOn) nextTurn(goOn)
    isGoingOn = true
    return left
  }

  return (who, leaving) => {
    if (turn.isOver(who))
      return new Promise((begun) => {
        const left = wait(who, begun)
        leaving?.(left)
      })
    turn.enter(who)
    return AT_ONCE
  }
}

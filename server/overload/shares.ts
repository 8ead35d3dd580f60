// Who holds how much of something that many want. Attack stopped: one application, address or device that asks for so
// much that nothing is left for the others.

export type Shares = {
  readonly all: number
  take(who: string): void
  leave(who: string): void
  of(who: string): number
  /** Whether they hold less than each would if all of them held the same; who holds nothing does. */
  isBehind(who: string): boolean
}

export function shares(): Shares {
  const held = new Map<string, number>()
  let all = 0
  return {
    get all() {
      return all
    },
    take(who) {
      all += 1
      held.set(who, (held.get(who) ?? 0) + 1)
    },
    leave(who) {
      all -= 1
      const left = (held.get(who) ?? 0) - 1
      if (left > 0) held.set(who, left)
      else held.delete(who)
    },
    of: (who) => held.get(who) ?? 0,
    isBehind: (who) => (held.get(who) ?? 0) * held.size < all || !held.has(who),
  }
}

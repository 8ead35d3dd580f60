// Whoever has had their share is not sent away for it: they are served one at a time, and only so many of them wait.
// Attack stopped: a stranger at the same address who uses up the share, so that nobody else there comes in.

export type OneByOne = {
  /** @returns undefined where as many wait under that name as may */
  inTurn<T>(name: string, work: () => Promise<T>): Promise<T> | undefined
}

/** @param most of one name, with the one whose turn it is */
export function oneByOne(most: number): OneByOne {
  const lines = new Map<string, { last: Promise<unknown>; length: number }>()
  return {
    inTurn(name, work) {
      const line = lines.get(name) ?? { last: Promise.resolve(), length: 0 }
      if (line.length >= most) return undefined
      lines.set(name, line)
      line.length += 1
      const done = line.last.then(work).finally(() => {
        line.length -= 1
        if (line.length === 0) lines.delete(name)
      })
      line.last = done.catch(() => undefined)
      return done
    },
  }
}

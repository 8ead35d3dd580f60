// So much at a time; whoever comes then waits, and goes on in the order of coming.

/** @param onWaiting hears how many more wait: one, or one less */
export function turns(most: number, onWaiting?: (change: 1 | -1) => void) {
  const waiting: (() => void)[] = []
  let taken = 0

  async function begin(): Promise<void> {
    if (taken < most) {
      taken++
      return
    }
    onWaiting?.(1)
    await new Promise<void>((next) => waiting.push(next))
    onWaiting?.(-1)
  }

  return async <T>(work: () => Promise<T>): Promise<T> => {
    await begin()
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else taken--
    }
  }
}

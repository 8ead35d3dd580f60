// Whoever has had their share is not sent away for it: all of a name that wait are looked up at once, as soon as those
// before them are. Attack stopped: a stranger at the same address who uses up the share, so that nobody else there comes in.

export type Batches<Found> = {
  /** @returns undefined where as many wait under that name as may */
  find(name: string, one: string): Promise<Found | undefined> | undefined
}

type Batch<Found> = { asked: string[]; hasLeft: boolean; found: Promise<ReadonlyMap<string, Found>> }

/** @param most of one name that wait, beside those that are looked up */
export function inBatches<Found>(
  most: number,
  lookUp: (asked: readonly string[]) => Promise<ReadonlyMap<string, Found>>,
): Batches<Found> {
  const last = new Map<string, Batch<Found>>()

  function waiting(name: string): Batch<Found> {
    const before = last.get(name)
    if (before && !before.hasLeft) return before
    const asked: string[] = []
    const leave = () => {
      batch.hasLeft = true
      return lookUp(asked).finally(() => last.get(name) === batch && last.delete(name))
    }
    // Later in any case: whoever asks in this turn of the event loop comes along.
    const found = (before?.found ?? Promise.resolve()).then(leave, leave)
    const batch: Batch<Found> = { asked, hasLeft: false, found }
    last.set(name, batch)
    return batch
  }

  return {
    find(name, one) {
      const { asked, found } = waiting(name)
      if (asked.length >= most) return undefined
      asked.push(one)
      return found.then((all) => all.get(one))
    },
  }
}

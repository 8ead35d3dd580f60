// Public keys of devices, remembered as key objects: parsing one takes about as long as using it.
import type { KeyObject } from 'node:crypto'

const MOST_KEYS = 10_000

/** @param parse must go by the text alone, so that no entry can be stale */
export function parsedKeys(parse: (text: string) => KeyObject): (text: string) => KeyObject {
  const known = new Map<string, KeyObject>()
  return (text) => {
    const ready = known.get(text)
    if (ready) return ready
    const key = parse(text)
    const [oldest] = known.keys()
    if (known.size >= MOST_KEYS && oldest !== undefined) known.delete(oldest)
    known.set(text, key)
    return key
  }
}

// What a transaction announces, as other processes hear it: in as few notices as PostgreSQL takes it in.
import type { Topic } from './store.ts'

/** PostgreSQL refuses a notice of 8,000 bytes, and with it the transaction that it is in. */
const MOST_BYTES = 7999

/** @param self which process announces, for it hears its own @returns the payload of each; none where nothing is announced */
export function notices(self: string, announced: Iterable<Topic>): string[] {
  const all: string[] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const topic of announced) {
    const more = 1 + Buffer.byteLength(topic)
    const fits = bytes + more <= MOST_BYTES
    all.push(fits ? `${all.pop()} ${topic}` : `${self} ${topic}`)
    bytes = (fits ? bytes : Buffer.byteLength(self)) + more
  }
  return all
}

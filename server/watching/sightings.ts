// What happens on the sign-in road, told to whoever counts it; where nobody does there is nothing to call.
import type { Door } from '../requests/question.ts'
import type { RequestRow } from '../requests/state.ts'

export type Sightings = {
  /** a login request was made */
  asked(row: Pick<RequestRow, 'id' | 'purpose' | 'created_at'> & { door: Door }): void
  /** one ended */
  settled(row: Pick<RequestRow, 'id' | 'purpose' | 'state' | 'reason' | 'created_at' | 'settled_at'>): void
}

/** Whoever counts, one or both; undefined where nobody does, so that there is nothing to call. */
export function toldTo(one: Sightings | undefined, other: Sightings | undefined): Sightings | undefined {
  if (!one || !other) return one ?? other
  return {
    asked: (row) => {
      one.asked(row)
      other.asked(row)
    },
    settled: (row) => {
      one.settled(row)
      other.settled(row)
    },
  }
}

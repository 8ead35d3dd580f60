// What happens on the sign-in road, told to whoever counts it; where nobody does there is nothing to call.
import type { RequestRow } from '../requests/state.ts'

export type Sightings = {
  /** a login request was made */
  asked(row: Pick<RequestRow, 'purpose'>): void
  /** one ended */
  settled(row: Pick<RequestRow, 'state' | 'reason' | 'created_at' | 'settled_at'>): void
}

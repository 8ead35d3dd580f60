// How a past request ended, as a word and as a sign.
import type { HistoryEntry } from '../../device/index.ts'

type Ended = Pick<HistoryEntry, 'state' | 'reason'>

export function outcomeKey({ state, reason }: Ended) {
  if (state === 'approved') return 'history.approved'
  if (state === 'expired' || state === 'pending') return 'history.expired'
  if (state === 'cancelled') return 'history.cancelled'
  if (reason === 'not_me') return 'history.reported'
  if (reason === 'wrong_number') return 'history.wrongNumber'
  return reason === 'wrong_passcode' ? 'history.wrongPasscode' : 'history.denied'
}

export function toneOf({ state, reason }: Ended): 'good' | 'bad' | 'over' {
  if (state === 'approved') return 'good'
  return state === 'denied' && reason !== 'declined' ? 'bad' : 'over'
}

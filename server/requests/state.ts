// The life of a login request: one pure function says what an event makes of it, or why it is refused.
import type { DenialReason } from '../../protocol/login-request.ts'
import type { LoginRequestsTable } from '../store/schema.ts'

export type RequestRow = LoginRequestsTable

export type RequestEvent =
  | {
      type: 'approve'
      token: RequestRow['decided_by_token']
      device: RequestRow['decided_by_device']
      passcode: string
      /** null: nobody redeems it, for whoever asked reads of it at once, and acts on that */
      redeemUntil: number | null
    }
  | {
      type: 'deny'
      reason: DenialReason
      token: RequestRow['decided_by_token']
      device: RequestRow['decided_by_device']
    }
  | {
      type: 'wrong-passcode'
      tries: number
      token: RequestRow['decided_by_token']
      device: RequestRow['decided_by_device']
    }
  | { type: 'cancel' }
  | { type: 'report' }
  /** its person may not sign in any more */
  | { type: 'withdraw' }
  | { type: 'redeem' }
  | { type: 'wrong-redeem'; tries: number }

export type Refusal = 'expired' | 'already-settled' | 'not-approved' | 'already-redeemed'
export type Transition = { row: RequestRow } | { refused: Refusal }
export type Change = { seen: RequestRow; row: RequestRow }

/** The request as it is at `now`: expiry needs nobody to write it down. */
export function asOf(row: RequestRow, now: number): RequestRow {
  if (row.state === 'pending' && now >= row.expires_at)
    return { ...row, state: 'expired', settled_at: row.expires_at, number: null, version: row.version + 1 }
  if (row.state === 'approved' && row.redeem_until !== null && now >= row.redeem_until && row.passcode !== null)
    return { ...row, passcode: null, number: null }
  return row
}

/** No further state follows from waiting. */
export function isFinal(row: Pick<RequestRow, 'state'>): boolean {
  return row.state !== 'pending'
}

/** Approved, and the application has not yet turned the approval into a session. */
export function isUnredeemed(row: RequestRow, now: number): boolean {
  return row.state === 'approved' && row.redeemed_at === null && row.redeem_until !== null && now < row.redeem_until
}

/** @param stored the row as read; its version is what a write must still find */
export function transition(stored: RequestRow, event: RequestEvent, now: number): Transition {
  const row = asOf(stored, now)
  switch (event.type) {
    case 'redeem':
    case 'wrong-redeem':
      return redemption(row, event, now)
    case 'withdraw':
      return withdrawal(row, now)
    case 'report':
      return row.state === 'pending' || isUnredeemed(row, now)
        ? next(row, { state: 'denied', reason: 'not_me', settled_at: now, passcode: null, number: null })
        : { refused: row.state === 'expired' ? 'expired' : 'already-settled' }
    default:
      if (row.state === 'expired') return { refused: 'expired' }
      if (row.state !== 'pending') return { refused: 'already-settled' }
      return settlement(row, event, now)
  }
}

/** What an event makes of each that it changes at all. */
export function transitions(rows: readonly RequestRow[], event: RequestEvent, now: number): Change[] {
  return rows.flatMap((seen) => {
    const result = transition(seen, event, now)
    return 'row' in result ? [{ seen, row: result.row }] : []
  })
}

/** What is pending is cancelled; of what was approved nobody may make a sign-in any more. */
function withdrawal(row: RequestRow, now: number): Transition {
  if (row.state === 'pending') return next(row, { state: 'cancelled', settled_at: now, number: null })
  if (isUnredeemed(row, now)) return next(row, { redeem_until: now, passcode: null, number: null })
  return { refused: 'already-settled' }
}

function settlement(
  row: RequestRow,
  event: Extract<RequestEvent, { type: 'approve' | 'deny' | 'wrong-passcode' | 'cancel' }>,
  now: number,
): Transition {
  if (event.type === 'cancel') return next(row, { state: 'cancelled', settled_at: now, number: null })
  const by = { decided_by_token: event.token, decided_by_device: event.device }
  if (event.type === 'approve')
    return next(row, {
      ...by,
      state: 'approved',
      settled_at: now,
      ...(event.redeemUntil === null
        ? { redeemed_at: now, passcode: null, number: null }
        : { passcode: event.passcode, redeem_until: event.redeemUntil }),
      number_matched: row.number_digits === null ? 0 : 1,
    })
  const denied = { ...by, state: 'denied', settled_at: now, number: null } as const
  if (event.type === 'deny') return next(row, { ...denied, reason: event.reason })
  const wrong = row.wrong_passcodes + 1
  if (wrong < event.tries) return next(row, { wrong_passcodes: wrong })
  const reason = row.number_digits === null ? 'wrong_passcode' : 'wrong_number'
  return next(row, { ...denied, wrong_passcodes: wrong, reason })
}

function redemption(
  row: RequestRow,
  event: Extract<RequestEvent, { type: 'redeem' | 'wrong-redeem' }>,
  now: number,
): Transition {
  if (row.state !== 'approved') return { refused: 'not-approved' }
  if (row.redeemed_at !== null) return { refused: 'already-redeemed' }
  if (!isUnredeemed(row, now)) return { refused: 'expired' }
  if (event.type === 'redeem') return next(row, { redeemed_at: now, passcode: null, number: null })
  const wrong = row.wrong_redeems + 1
  const ended = wrong >= event.tries ? { redeem_until: now, passcode: null, number: null } : {}
  return next(row, { wrong_redeems: wrong, ...ended })
}

function next(row: RequestRow, changes: Partial<RequestRow>): Transition {
  return { row: { ...row, ...changes, version: row.version + 1 } }
}

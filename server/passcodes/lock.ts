// How wrong passcodes lock typed passcodes: longer each time, and in the end until a person looks at it.
import type { ThrottlesTable } from '../store/schema.ts'
import { NO_WRONG_PASSCODES } from '../throttling/throttle.ts'

const FIRST_LOCK_MS = 15 * 60 * 1000
const LONGEST_LOCK_MS = 24 * 60 * 60 * 1000
/** NIST SP 800-63B-4 §3.2.2: no more failures in a row than this without somebody looking. */
const MOST_IN_A_ROW = 100

/** An end that no clock reaches: only an operator ends this lock. */
export const UNTIL_LIFTED = Date.parse('9999-12-31T00:00:00.000Z')

type Failures = Pick<ThrottlesTable, 'passcode_failures' | 'passcodes_locked_until'>

/** The counts after one more wrong passcode. @param perLock wrong ones in a row that lock */
export function afterWrong(failures: Failures, perLock: number, now: number): Failures & { lockedNow: boolean } {
  const count = failures.passcode_failures + 1
  const until = lockEnd(count, perLock, now)
  return {
    passcode_failures: count,
    passcodes_locked_until: until ?? failures.passcodes_locked_until,
    lockedNow: until !== undefined,
  }
}

function lockEnd(count: number, perLock: number, now: number): number | undefined {
  if (count >= MOST_IN_A_ROW) return UNTIL_LIFTED
  if (count % perLock !== 0) return undefined
  return now + Math.min(LONGEST_LOCK_MS, FIRST_LOCK_MS * 2 ** (count / perLock - 1))
}

/** What an approved push changes: it shows who holds the token, but it doesn't stand in for an operator. */
export function afterApproval(failures: Failures): Failures {
  if (failures.passcodes_locked_until >= UNTIL_LIFTED) return failures
  return NO_WRONG_PASSCODES
}

// What a code leads to. Wrong, used, expired and malformed codes are told apart by nobody outside.
import { canonicalCode, codeLookup } from '../../protocol/activation-code.ts'
import { base64url } from '../../protocol/encoding.ts'
import type { Limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import { userById } from '../directory/rows.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { countedAddress } from '../throttling/address.ts'
import { takeHit } from '../throttling/hits.ts'
import { type EnrolmentRow, enrolmentByLookup } from './rows.ts'

/** After so many wrong passcodes an enrolment is dead. */
export const MOST_WRONG_PASSCODES = 5

export type FindNeeds = { store: Store; clock: Clock; limits: Pick<Limits, 'enrolmentOpens'> }

/** An enrolment that can still become a token. */
export type OpenEnrolment = EnrolmentRow & { server_private_key: string }

export function isOpen(enrolment: EnrolmentRow, now: number): enrolment is OpenEnrolment {
  return (
    enrolment.activated_at === null &&
    enrolment.wrong_passcodes < MOST_WRONG_PASSCODES &&
    enrolment.expires_at > now &&
    enrolment.server_private_key !== null
  )
}

/** Nobody who is suspended: a link that was made since then is good when they are resumed. */
export async function mayEnrol(db: Db, { user_id }: EnrolmentRow): Promise<boolean> {
  return (await userById(db, user_id))?.state === 'active'
}

export function stateOf(row: EnrolmentRow, now: number): 'open' | 'used' | 'expired' | 'withdrawn' {
  if (row.activated_at !== null) return 'used'
  if (row.expires_at <= now) return 'expired'
  return isOpen(row, now) ? 'open' : 'withdrawn'
}

export async function lookupOf(code: string): Promise<string> {
  return base64url(await codeLookup(code))
}

export async function findByCode(db: Db, typed: string): Promise<{ row: EnrolmentRow; code: string } | undefined> {
  const code = canonicalCode(typed)
  const row = code === undefined ? undefined : await enrolmentByLookup(db, await lookupOf(code))
  return row && code !== undefined ? { row, code } : undefined
}

/**
 * Finding nothing counts against the caller's address, and what is found passes whatever the count: codes have 128 bits,
 * so that nobody guesses one. Attack stopped: who tries wrong ones at an office keeps its people from enrolling.
 * @throws {Problem} too-many-requests, unknown-code
 */
export async function limited<T>(
  { store, clock, limits }: FindNeeds,
  address: string,
  find: () => Promise<T | undefined>,
): Promise<T> {
  const found = await find()
  if (found !== undefined) return found
  const bucket = `enrolment-open:${countedAddress(address)}`
  await takeHit(store, { bucket, rate: limits.enrolmentOpens, now: clock.now() })
  throw new Problem('unknown-code')
}

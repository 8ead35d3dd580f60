// The second factor, as doors without a page of their own ask for it: a device is asked and waited for, or a passcode was
// typed. What comes of it is written down as one sign-in.
import { Problem } from '../../protocol/problems.ts'
import { ACR_PASSCODE, ACR_PASSWORD, ACR_PUSH, type Acr } from '../../protocol/sign-in.ts'
import { applicationById } from '../applications/rows.ts'
import { mayUse } from '../applications/who-may.ts'
import { record } from '../audit/record.ts'
import { type UserRow, userById } from '../directory/rows.ts'
import { requireRight, type VerifyNeeds, verifyTyped } from '../passcodes/verify.ts'
import { type Asking, type Created, type CreateNeeds, createRequest } from '../requests/create.ts'
import type { Door } from '../requests/question.ts'
import { passcodeOf, redeemRequest } from '../requests/redeem.ts'
import { isFinal, type RequestRow } from '../requests/state.ts'
import { waitForChange } from '../requests/wait.ts'
import type { Db } from '../store/schema.ts'
import { knowPlace } from '../throttling/known-places.ts'

export type SecondFactorNeeds = CreateNeeds & VerifyNeeds

/** Who signs in where, as the first factor left it. */
export type SigningIn = {
  user: UserRow
  application: Asking['application']
  address?: string | undefined
  /** what the first factor was, in the words of RFC 8176; empty where somebody else asked for it */
  first: readonly string[]
  /** a digest of where they are known from, once both factors were shown there */
  place?: string | undefined
  /** what the audit log is to say of the door besides; never a secret */
  door: { door: Door } & Record<string, unknown>
}

/** @throws {Problem} wrong-credentials, address-blocked, no-token, push-paused, refused-by-policy, too-many-requests */
export async function askDevices(
  needs: SecondFactorNeeds,
  who: SigningIn,
  { resource, canShowNumber }: { resource?: string | undefined; canShowNumber: boolean },
): Promise<Created> {
  const { user, application, address } = who
  await requirePassword(needs.store.read, who)
  const context = { ...(address !== undefined && { ip: address }), ...(resource !== undefined && { resource }) }
  const call = { username: user.username, purpose: 'sign-in' as const, context }
  return createRequest(needs, { application, call, door: who.door.door, cannotShowNumber: !canShowNumber })
}

/** @returns the request once it is over, or as it was when the signal came */
export async function overRequest(
  needs: SecondFactorNeeds,
  { id, version }: Pick<Created, 'id' | 'version'>,
  signal: AbortSignal,
): Promise<RequestRow> {
  let seen = version
  for (;;) {
    const row = await waitForChange(needs, id, seen, LONG_MS, signal)
    if (isFinal(row) || signal.aborted) return row
    seen = row.version
  }
}

const LONG_MS = 3_600_000

/** An approval becomes a sign-in, once. @throws {Problem} wrong-credentials, address-blocked, not-permitted-here, not-approved, already-redeemed, expired */
export async function signInByApproval(
  needs: SecondFactorNeeds,
  who: SigningIn,
  { row, created }: { row: RequestRow; created: Created },
): Promise<void> {
  await stillMay(needs, who)
  const passcode = passcodeOf(needs, row)
  if (passcode === undefined) throw new Problem(row.redeemed_at === null ? 'not-approved' : 'already-redeemed')
  const more = created.numberWaived ? { numberWaived: true } : {}
  await redeemRequest(needs, row, {
    secret: created.secret,
    passcode,
    also: (tx, { amr }) =>
      signedIn(tx, needs, who, { acr: ACR_PUSH, second: amr, more: { request: row.id }, detail: more }),
  })
}

/** @throws {Problem} wrong-credentials, address-blocked, not-permitted-here, refused-by-policy, wrong-passcode, passcodes-locked, too-many-requests */
export async function signInByPasscode(needs: SecondFactorNeeds, who: SigningIn, passcode: string): Promise<void> {
  const { user, application, address } = who
  await stillMay(needs, who)
  const typed = { user: user.id, application: application.id, passcode, address }
  const also = (tx: Db) => signedIn(tx, needs, who, { acr: ACR_PASSCODE, second: ['otp'] })
  requireRight(await verifyTyped(needs, { ...typed, also }))
}

/** Attack stopped: who has lost the application since their password was asked for, and goes on. */
async function stillMay({ store }: SecondFactorNeeds, who: SigningIn): Promise<void> {
  const { user, application } = who
  await requirePassword(store.read, who)
  const now = await applicationById(store.read, application.id)
  if (!now || !(await mayUse(store.read, now, user.id))) throw new Problem('not-permitted-here')
}

/** Attack stopped: whoever came so far by a password that has been replaced since, and goes on. */
async function requirePassword(db: Db, { user, first }: SigningIn): Promise<void> {
  if (first.length === 0) return
  const now = await userById(db, user.id)
  if (now?.password_hash !== user.password_hash) throw new Problem('wrong-credentials')
}

/** Where the policy is content with the password. */
export async function signInUnasked(needs: SecondFactorNeeds, who: SigningIn): Promise<void> {
  const detail = { because: 'trusted-network' }
  await needs.store.write((tx) => signedIn(tx, needs, who, { acr: ACR_PASSWORD, second: [], detail }))
}

type Signed = {
  acr: Acr
  second: readonly string[]
  more?: { request: RequestRow['id'] }
  detail?: Record<string, unknown>
}

async function signedIn(
  tx: Db,
  { store, clock }: SecondFactorNeeds,
  who: SigningIn,
  { acr, second, more, detail }: Signed,
): Promise<void> {
  const { user, application, first, place, door } = who
  const amr = [...first, ...second, ...(first.length > 0 && second.length > 0 ? ['mfa'] : [])]
  const now = clock.now()
  if (place !== undefined && second.length > 0) await knowPlace(tx, store, { user: user.id, place, now })
  await record(tx, {
    at: now,
    kind: 'signed-in',
    user: user.id,
    application: application.id,
    ...more,
    detail: { acr, amr, ...detail, ...door },
  })
  // Last: a password that is being replaced has let go of their places by now, or finds this one.
  await requirePassword(tx, who)
}

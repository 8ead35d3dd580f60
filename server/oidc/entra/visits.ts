// A sign-in that Entra began, from its question to our answer. Attack stopped: the address of the login page alone
// opens nothing, for the browser that came with the question holds a cookie; and a question is asked once.
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { crockford128 } from '../../../protocol/crockford.ts'
import { base64url } from '../../../protocol/encoding.ts'
import type { RandomBytes, UserId } from '../../../protocol/ids.ts'
import { ACR_PASSCODE, ACR_PUSH } from '../../../protocol/sign-in.ts'
import type { Clock } from '../../clock.ts'
import { takeSignIn } from '../../handed-out/under-way.ts'
import type { Call } from '../../http/env.ts'
import type { Authorizations, PendingAuthorization } from '../../login/authorization.ts'
import { signInIdFrom } from '../../login/cookie.ts'
import { FIRST_FACTOR_ELSEWHERE } from '../../login/rows.ts'
import { digest } from '../../store/digest.ts'
import type { EntraVisitsTable } from '../../store/oidc-tables.ts'
import type { Sealer } from '../../store/sealer.ts'
import type { Store } from '../../store/store.ts'
import { entraIssuer } from '../mount.ts'
import type { Promised } from './asked.ts'
import { OLDEST_SECONDS } from './hint.ts'

export type EntraVisitNeeds = {
  store: Store
  clock: Clock
  random: RandomBytes
  sealer: Sealer
  publicOrigin: string
}
export type EntraVisit = EntraVisitsTable
/** What the answer needs of the question. */
export type Question = {
  sub: string
  nonce?: string | undefined
  state?: string | undefined
  redirectUri: string
  promised: Promised
}

/** Microsoft forgets its side after about five minutes. */
const VISIT_MS = 5 * 60 * 1000
const COOKIE = '__Host-countersign-entra'
const ATTRIBUTES = { path: '/', httpOnly: true, secure: true, sameSite: 'Strict' } as const

const cell = (id: string) => ({ table: 'entra_visits', column: 'question', id })

/** @returns undefined where the question was asked before */
export async function beginEntraVisit(
  { store, clock, random, sealer }: EntraVisitNeeds,
  c: Call,
  { clientId, user, question, hint }: { clientId: string; user: UserId; question: Question; hint: string },
): Promise<EntraVisit | undefined> {
  const id = FIRST_FACTOR_ELSEWHERE + crockford128(random(16))
  const secret = base64url(random(16))
  const row: EntraVisit = {
    id,
    client_id: clientId,
    user_id: user,
    browser: digest(secret),
    nonce: digest(question.nonce ?? hint),
    question: sealer.seal(JSON.stringify(question), cell(id)),
    outcome: null,
    expires_at: clock.now() + VISIT_MS,
  }
  const isNew = await store.write(async (tx) => {
    const added = await tx
      .insertInto('entra_visits')
      .values(row)
      .onConflict((on) => on.columns(['client_id', 'nonce']).doNothing())
      .executeTakeFirstOrThrow()
    return (added.numInsertedOrUpdatedRows ?? 0n) > 0n
  })
  if (!isNew) return undefined
  setCookie(c, COOKIE, secret, { ...ATTRIBUTES, maxAge: VISIT_MS / 1000 })
  return row
}

export async function entraVisitOf({ store, clock }: EntraVisitNeeds, c: Call, id: string) {
  const secret = getCookie(c, COOKIE)
  if (!secret) return undefined
  return store.read
    .selectFrom('entra_visits')
    .selectAll()
    .where('id', '=', id)
    .where('browser', '=', digest(secret))
    .where('expires_at', '>', clock.now())
    .executeTakeFirst()
}

/**
 * The row stays until its time is over: its question is not asked again.
 * @returns false where it was answered before, or the sign-in was ended
 */
export async function endEntraVisit({ store }: EntraVisitNeeds, c: Call, visit: EntraVisit): Promise<boolean> {
  deleteCookie(c, COOKIE, ATTRIBUTES)
  const { id: uid, user_id: user, browser, outcome } = visit
  const id = signInIdFrom(c, uid) ?? ''
  return store.write(async (tx) => {
    if (outcome !== null && !(await takeSignIn(tx, { id, user }))) return false
    const { numUpdatedRows } = await tx
      .updateTable('entra_visits')
      .set({ browser: '', outcome: null })
      .where('id', '=', uid)
      .where('browser', '=', browser)
      .executeTakeFirstOrThrow()
    return numUpdatedRows === 1n
  })
}

export const questionOf = ({ sealer }: EntraVisitNeeds, { id, question }: EntraVisit) =>
  JSON.parse(sealer.openText(question, cell(id))) as Question

/** Authorizations of other applications, and what Entra began. */
export function withEntra(others: Authorizations, needs: EntraVisitNeeds): Authorizations {
  return {
    async of(c, uid) {
      if (!uid.startsWith(FIRST_FACTOR_ELSEWHERE)) return others.of(c, uid)
      const visit = await entraVisitOf(needs, c, uid)
      return visit && pending(needs, visit)
    },
  }
}

function pending(needs: EntraVisitNeeds, visit: EntraVisit): PendingAuthorization {
  const { id: uid, client_id: clientId, expires_at: expiresAt, user_id: boundTo } = visit
  const answerAt = `${entraIssuer(needs.publicOrigin, clientId)}/answer/${uid}`
  const { passcode } = questionOf(needs, visit).promised
  return {
    uid,
    clientId,
    expiresAt,
    boundTo,
    loginHint: undefined,
    acr: { values: passcode === undefined ? [ACR_PUSH] : [ACR_PUSH, ACR_PASSCODE], isEssential: true },
    async accept({ user, acr }) {
      if (user !== boundTo) throw new Error('another person signed in than Entra asked for')
      await keepOutcome(needs, visit, acr)
      return answerAt
    },
    refuse: async () => answerAt,
  }
}

async function keepOutcome({ store }: EntraVisitNeeds, { id }: EntraVisit, acr: string): Promise<void> {
  await store.write((tx) =>
    tx.updateTable('entra_visits').set({ outcome: acr }).where('id', '=', id).where('outcome', 'is', null).execute(),
  )
}

/** Forgets what is over, and whose hint is too old to be sent again. */
export async function purgeEntraVisits(store: Store, now: number): Promise<void> {
  const over = now - OLDEST_SECONDS * 1000
  await store.write((tx) => tx.deleteFrom('entra_visits').where('expires_at', '<', over).execute())
}

// The sign-ins that applications were given and may still hold. When one ends, whatever came with it is worth nothing
// from that moment, and the application is to be told.
import { randomBytes } from 'node:crypto'
import { type ApplicationId, newId, type RequestId, type UserId } from '../../protocol/ids.ts'
import { oidcClientOf } from '../applications/oidc-client.ts'
import { applicationById } from '../applications/rows.ts'
import type { Clock } from '../clock.ts'
import type { HandedSignInsTable, OidcNoticesTable } from '../store/oidc-tables.ts'
import { prepared } from '../store/prepared.ts'
import { purgeExpired } from '../store/purge-expired.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

export type HandedSignIn = HandedSignInsTable
type Needs = { clock: Clock }
/** Those of a person, of a person at one application, from one approval, or one alone. */
export type Which = {
  user?: UserId
  application?: ApplicationId
  request?: RequestId
  sid?: string
  /** milliseconds: those that no device was asked about, since then */
  unaskedSince?: number
}

const DAY_MS = 24 * 3_600_000
/** Nothing that is given out with a sign-in is good for longer. */
export const LONGEST_MS = 30 * DAY_MS
/** An application that is down for so long is told no more. */
const TOLD_FOR_MS = 3 * DAY_MS

const insert = prepared((db, row: HandedSignIn) => {
  const { sid, user_id, application_id, request_id, grant_id, at, expires_at } = row
  return db.insertInto('handed_sign_ins').values({ sid, user_id, application_id, request_id, grant_id, at, expires_at })
})

export async function handOut(tx: Db, row: HandedSignIn): Promise<void> {
  await insert(tx, row)
}

/** @returns how many ended */
export async function endSignIns(tx: Db, needs: Needs, which: Which): Promise<number> {
  const ended = await removed(tx, which)
  if (ended.length === 0) return 0
  await removeArtifacts(
    tx,
    ended.map(({ grant_id }) => grant_id),
  )
  await tell(tx, needs, ended)
  return ended.length
}

async function removed(tx: Db, { user, application, request, sid, unaskedSince }: Which): Promise<HandedSignIn[]> {
  let query = tx.deleteFrom('handed_sign_ins').returningAll()
  if (user !== undefined) query = query.where('user_id', '=', user)
  if (application !== undefined) query = query.where('application_id', '=', application)
  if (request !== undefined) query = query.where('request_id', '=', request)
  if (sid !== undefined) query = query.where('sid', '=', sid)
  if (unaskedSince !== undefined) query = query.where('request_id', 'is', null).where('at', '>=', unaskedSince)
  return query.execute()
}

/** The grant itself stands under its own id, what was given out by it names it. */
async function removeArtifacts(tx: Db, grants: string[]): Promise<void> {
  await tx.deleteFrom('oidc_artifacts').where('grant_id', 'in', grants).execute()
  await tx.deleteFrom('oidc_artifacts').where('kind', '=', 'Grant').where('id', 'in', grants).execute()
}

async function tell(tx: Db, { clock }: Needs, ended: readonly HandedSignIn[]): Promise<void> {
  const now = clock.now()
  const listening = await listeners(tx, new Set(ended.map(({ application_id }) => application_id)))
  const notices = ended
    .filter(({ application_id }) => listening.has(application_id))
    .map(
      ({ sid, user_id, application_id }): OidcNoticesTable => ({
        id: newId('dlv', (length) => new Uint8Array(randomBytes(length))),
        kind: 'logout',
        application_id,
        user_id,
        subject: sid,
        due_at: now,
        attempts: 0,
        claimed_until: 0,
        expires_at: now + TOLD_FOR_MS,
      }),
    )
  if (notices.length > 0) await tx.insertInto('oidc_notices').values(notices).execute()
}

/** Those that want to be told. */
async function listeners(tx: Db, applications: ReadonlySet<ApplicationId>): Promise<Set<ApplicationId>> {
  const listening = new Set<ApplicationId>()
  for (const id of applications) {
    const row = await applicationById(tx, id)
    if (row && oidcClientOf(row).backchannelLogoutUri !== null) listening.add(id)
  }
  return listening
}

/** Forgets those that nothing is left of; @returns how many, at most a bounded number a call */
export const purgeHandedOut = (store: Store, now: number): Promise<number> =>
  purgeExpired(store, 'handed_sign_ins', now)

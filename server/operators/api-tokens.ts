// Tokens for the organisation's own programs: a role, an end, a last use. Stored as a hash, told once.
import { crockford128 } from '../../protocol/crockford.ts'
import { type ApiTokenId, newId, type OperatorId, type RandomBytes } from '../../protocol/ids.ts'
import { timeOrNull, timestamp } from '../../protocol/login-request.ts'
import type { ApiTokenView, MadeApiToken } from '../../protocol/operator-api/api-tokens.ts'
import { mayGrant, type Role } from '../../protocol/permissions.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { raise, record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { digest } from '../store/digest.ts'
import type { Store } from '../store/store.ts'
import {
  type ApiTokenRow,
  allApiTokens,
  apiTokenByHash,
  apiTokenById,
  deleteApiToken,
  deleteMadeWith,
  holdApiToken,
  insertApiToken,
  markUsed,
} from './api-token-rows.ts'
import { endWaysIn } from './made-by.ts'

type Needs = { store: Store; clock: Clock; random: RandomBytes }

const DAY_MS = 24 * 60 * 60 * 1000
/** A write for every call would be most of what a call costs. */
const USED_EVERY_MS = 60_000

export async function listApiTokens({ store }: Pick<Needs, 'store'>): Promise<ApiTokenView[]> {
  return (await allApiTokens(store.read)).map((row) => view(row, row.made_by))
}

function view(row: ApiTokenRow, madeBy: string | null): ApiTokenView {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    madeBy,
    createdAt: timestamp(row.created_at),
    expiresAt: timestamp(row.expires_at),
    lastUsedAt: timeOrNull(row.last_used_at),
  }
}

/**
 * A token that makes a token can give it no more than it has: neither a greater role nor a later end.
 * @throws {Problem} forbidden
 */
export async function makeApiToken(
  { store, clock, random }: Needs,
  asked: { name: string; role: Role; expiresInDays: number },
  by: Actor,
): Promise<MadeApiToken> {
  if (!mayGrant(by.role, asked.role)) throw new Problem('forbidden')
  const maker = await makerOf(store, by)
  const secret = `cso_${crockford128(random(16))}`
  const now = clock.now()
  const row: ApiTokenRow = {
    id: newId('apt', random),
    hash: digest(secret),
    name: asked.name,
    role: asked.role,
    operator_id: maker.operator,
    made_by_token: maker.token,
    created_at: now,
    expires_at: Math.min(now + asked.expiresInDays * DAY_MS, maker.end),
    last_used_at: null,
  }
  await store.write(async (tx) => {
    // Attack stopped: one more made in the moment in which the stolen one is revoked.
    if (maker.token !== null && !(await holdApiToken(tx, maker.token))) throw new Problem('unauthenticated')
    await insertApiToken(tx, row)
    const detail = { apiToken: row.id, name: row.name, role: row.role, expiresAt: timestamp(row.expires_at) }
    await raise(tx, { at: now, kind: 'api-token-made', by, detail })
  })
  return { apiToken: secret, token: view(row, by.kind === 'command-line' ? null : by.name) }
}

type Maker = { operator: OperatorId | null; token: ApiTokenId | null; end: number }

/** Whose the new token will be, and when it ends at the latest. */
async function makerOf(store: Store, by: Actor): Promise<Maker> {
  if (by.kind === 'operator') return { operator: by.id as OperatorId, token: null, end: Number.POSITIVE_INFINITY }
  if (by.kind === 'command-line') return { operator: null, token: null, end: Number.POSITIVE_INFINITY }
  const parent = await apiTokenById(store.read, by.id as ApiTokenId)
  if (!parent) throw new Problem('unauthenticated')
  return { operator: parent.operator_id, token: parent.id, end: parent.expires_at }
}

/**
 * With all that was made with it: tokens, and links and registration tokens that nobody used.
 * @throws {Problem} unknown-api-token, forbidden
 */
export async function revokeApiToken(
  { store, clock }: Pick<Needs, 'store' | 'clock'>,
  id: ApiTokenId,
  by: Actor,
): Promise<void> {
  const row = await apiTokenById(store.read, id)
  if (!row) throw new Problem('unknown-api-token')
  if (!mayGrant(by.role, row.role)) throw new Problem('forbidden')
  await store.write(async (tx) => {
    if (!(await deleteApiToken(tx, id))) throw new Problem('unknown-api-token')
    for (const { id: apiToken, name } of [row, ...(await deleteMadeWith(tx, [id]))]) {
      const detail = { apiToken, name, ...(await endWaysIn(tx, [apiToken])) }
      await record(tx, { at: clock.now(), kind: 'api-token-revoked', by, detail })
    }
  })
}

/** Undefined where it was never made, was revoked, or has ended. */
export async function apiTokenOf(
  { store, clock }: Pick<Needs, 'store' | 'clock'>,
  secret: string,
): Promise<ApiTokenRow | undefined> {
  const now = clock.now()
  const row = await apiTokenByHash(store.read, digest(secret))
  if (!row || row.expires_at <= now) return undefined
  const { last_used_at: seen } = row
  if (seen === null || seen + USED_EVERY_MS <= now) await store.write((tx) => markUsed(tx, row.id, seen, now))
  return row
}

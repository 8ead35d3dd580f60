// What a device, its user or an operator does with tokens and devices that exist.
import type { DeviceToken } from '../../protocol/device-api.ts'
import type { DeviceId, TokenId, UserId } from '../../protocol/ids.ts'
import { timeOrNull, timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { raise } from '../audit/record.ts'
import { forgetConfirmations } from '../handed-out/end-access.ts'
import { withdrawOwnLinks } from '../handed-out/links.ts'
import type { News, TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { Db } from '../store/schema.ts'
import type { Announce, Store } from '../store/store.ts'
import { deviceName, markDeviceRevoked } from './device-rows.ts'
import { policyOf } from './token-policy.ts'
import {
  markTokenRevoked,
  type NamedTokenRow,
  type TokenRow,
  tokenOnDevice,
  tokenRow,
  tokensOnDevice,
  updateLabel,
} from './token-rows.ts'

type Needs = TellNeeds & { store: Store }
type InTransaction = TellNeeds & { announce: Announce }
/**
 * Who took something away and why, for the audit log: a device its own, its user at the account page or from another
 * device, a report, the new device that takes its place, or an operator.
 */
export type Revoker = 'device' | 'user' | 'report' | 'move' | { actor: Actor; reason?: string | undefined }

export function tokenView(row: NamedTokenRow): DeviceToken {
  return {
    id: row.id,
    username: row.username,
    state: row.state,
    ...policyOf(row),
    createdAt: timestamp(row.created_at),
    lastUsedAt: timeOrNull(row.last_used_at),
  }
}

export async function listTokens({ store }: Pick<Needs, 'store'>, device: DeviceId): Promise<DeviceToken[]> {
  return (await tokensOnDevice(store.read, device)).map(tokenView)
}

/**
 * So that a token which is not the device's is told before what was sent about it is read.
 * @throws {Problem} unknown-token
 */
export async function requireToken(
  { store }: Pick<Needs, 'store'>,
  { device, token }: { device: DeviceId; token: TokenId },
): Promise<void> {
  if (!(await tokenOnDevice(store.read, device, token))) throw new Problem('unknown-token')
}

/** @param label valid by the protocol's schema @throws {Problem} unknown-token */
export async function renameToken(
  { store }: Pick<Needs, 'store'>,
  { device, token, label }: { device: DeviceId; token: TokenId; label: string },
): Promise<DeviceToken> {
  return store.write(async (tx) => {
    const row = await tokenOnDevice(tx, device, token)
    if (!row) throw new Problem('unknown-token')
    await updateLabel(tx, token, label)
    return tokenView({ ...row, label })
  })
}

/** By the device that holds it. Giving up twice is giving up once. @throws {Problem} unknown-token */
export async function giveUpToken(needs: Needs, token: TokenId, device: DeviceId): Promise<void> {
  const row = await tokenRow(needs.store.read, token)
  if (row?.device_id !== device) throw new Problem('unknown-token')
  await needs.store.write((tx, announce) => takeOne(tx, { ...needs, announce }, row, 'device'))
}

/** What is taken already stays so. */
export async function takeOne(tx: Db, needs: InTransaction, row: TokenRow, by: Revoker): Promise<void> {
  const except = by === 'device' ? { except: row.device_id } : {}
  if (await takeToken(tx, needs, row, by)) await tellTaken(tx, needs, { ...row, ...except })
}

/** Revokes a device, all its tokens, and forgets where its pushes went once it was told. @throws {Problem} unknown-device */
export async function takeDevice(
  tx: Db,
  needs: InTransaction,
  { device, by }: { device: DeviceId; by: Revoker },
): Promise<void> {
  if (!(await markDeviceRevoked(tx, device))) throw new Problem('unknown-device')
  const tokens = await tokensOnDevice(tx, device)
  const holders = new Set<UserId>()
  for (const token of tokens) if (await takeToken(tx, needs, token, by)) holders.add(token.user_id)
  await endDevice(tx, needs, device, { users: new Set(tokens.map((token) => token.user_id)), by })
  if (holders.size === 0) await forgetSubscription(tx, device)
  for (const user of holders) await tellTaken(tx, needs, { user_id: user, device_id: device })
}

type Holdings = { user: UserId; device: DeviceId; only?: TokenId | undefined; spared?: TokenId | undefined }

/**
 * Takes this user's tokens on a device, or one of them, or all but one, and with the last token of anybody the device
 * itself.
 * @returns whether there was something to take
 */
export async function takeHoldings(
  tx: Db,
  needs: InTransaction,
  { user, device, only, spared, by }: Holdings & { by: Revoker },
): Promise<boolean> {
  let taken: TokenRow | undefined
  for (const token of await tokensOnDevice(tx, device)) {
    if (token.user_id !== user || token.id === spared || (only !== undefined && token.id !== only)) continue
    if (await takeToken(tx, needs, token, by)) taken = token
  }
  if (!taken) return false
  const left = (await tokensOnDevice(tx, device)).filter(({ state }) => state !== 'revoked')
  if (left.length === 0 && (await markDeviceRevoked(tx, device)))
    await endDevice(tx, needs, device, { users: new Set([user]), by })
  await tellTaken(tx, needs, taken)
  return true
}

async function takeToken(tx: Db, { clock, announce }: InTransaction, token: TokenRow, by: Revoker): Promise<boolean> {
  if (!(await markTokenRevoked(tx, token.id))) return false
  const { user_id: user, device_id: device } = token
  await forgetConfirmations(tx, user)
  const { detail, ...who } = told(by)
  const at = clock.now()
  await withdrawOwnLinks(tx, { user, at, by: token.id })
  await raise(tx, { at, kind: 'token-revoked', user, device, ...who, detail: { token: token.id, ...detail } })
  announce(`device:${device}`)
  announce(`user:${user}`)
  return true
}

async function endDevice(
  tx: Db,
  { clock, announce }: InTransaction,
  device: DeviceId,
  { users, by }: { users: Iterable<UserId>; by: Revoker },
): Promise<void> {
  // Others are told by a last push, after which it is forgotten.
  if (by === 'device') await forgetSubscription(tx, device)
  for (const user of users) await raise(tx, { at: clock.now(), kind: 'device-revoked', user, device, ...told(by) })
  announce(`device:${device}`)
}

const forgetSubscription = (tx: Db, device: DeviceId) =>
  tx.deleteFrom('subscriptions').where('device_id', '=', device).execute()

/** To a person their device is gone when it holds none of their tokens. */
async function tellTaken(
  tx: Db,
  needs: InTransaction,
  { user_id: user, device_id: device, except }: Pick<TokenRow, 'user_id' | 'device_id'> & Pick<News, 'except'>,
): Promise<void> {
  const held = (await tokensOnDevice(tx, device)).some((row) => row.user_id === user && row.state !== 'revoked')
  const about = { id: device, name: await deviceName(tx, device) }
  const kind = held ? 'token-removed' : 'device-removed'
  const itself = held ? {} : { taken: device }
  await tell(tx, needs, { user, kind, device: about, ...(except === undefined ? itself : { except }) })
}

function told(by: Revoker): { by?: Actor; detail: Record<string, unknown> } {
  if (typeof by === 'string') return { detail: { by } }
  return { by: by.actor, detail: by.reason === undefined ? {} : { reason: by.reason } }
}

// What a device, its user or an operator does with tokens and devices that exist.
import type { DeviceToken } from '../../protocol/device-api.ts'
import type { DeviceId, TokenId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { raise, record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/schema.ts'
import type { Announce, Store } from '../store/store.ts'
import {
  markDeviceRevoked,
  markTokenRevoked,
  markTokenState,
  type NamedTokenRow,
  type TokenRow,
  tokenOnDevice,
  tokenRow,
  tokensOnDevice,
  updateLabel,
} from './rows.ts'
import { policyOf } from './token-policy.ts'

type Needs = { store: Store; clock: Clock }
/** Who took something away and why, for the audit log; a device takes away its own. */
export type Revoker = 'device' | { actor: Actor; reason?: string | undefined }

export function tokenView(row: NamedTokenRow): DeviceToken {
  return {
    id: row.id,
    username: row.username,
    state: row.state,
    ...policyOf(row),
    createdAt: timestamp(row.created_at),
    lastUsedAt: row.last_used_at === null ? null : timestamp(row.last_used_at),
  }
}

export async function listTokens({ store }: Pick<Needs, 'store'>, device: DeviceId): Promise<DeviceToken[]> {
  return (await tokensOnDevice(store.read, device)).map(tokenView)
}

/** So that a token which is not the device's is told before what was sent about it is read. @throws {Problem} unknown-token */
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

/** Taking away twice is taking away once. @param device only a token of this device @throws {Problem} unknown-token */
export async function revokeToken(
  { store, clock }: Needs,
  { token, device, by }: { token: TokenId; device?: DeviceId; by: Revoker },
): Promise<void> {
  const row = await tokenRow(store.read, token)
  if (!row || (device !== undefined && row.device_id !== device)) throw new Problem('unknown-token')
  await store.write((tx, announce) => takeToken(tx, announce, row, { at: clock.now(), by }))
}

/** Revokes a device, all its tokens, and forgets where its pushes went. @throws {Problem} unknown-device */
export async function revokeDevice(
  { store, clock }: Needs,
  { device, by }: { device: DeviceId; by: Revoker },
): Promise<void> {
  const at = clock.now()
  await store.write(async (tx, announce) => {
    if (!(await markDeviceRevoked(tx, device))) throw new Problem('unknown-device')
    const tokens = await tokensOnDevice(tx, device)
    for (const token of tokens) await takeToken(tx, announce, token, { at, by })
    await tx.deleteFrom('subscriptions').where('device_id', '=', device).execute()
    for (const user of new Set(tokens.map((token) => token.user_id)))
      await raise(tx, { at, kind: 'device-revoked', user, device, ...told(by) })
    announce(`device:${device}`)
  })
}

async function takeToken(
  tx: Db,
  announce: Announce,
  token: TokenRow,
  { at, by }: { at: number; by: Revoker },
): Promise<void> {
  if (!(await markTokenRevoked(tx, token.id))) return
  const { user_id: user, device_id: device } = token
  const { detail, ...who } = told(by)
  await raise(tx, { at, kind: 'token-revoked', user, device, ...who, detail: { token: token.id, ...detail } })
  announce(`device:${device}`)
  announce(`user:${user}`)
}

function told(by: Revoker): { by?: Actor; detail: Record<string, unknown> } {
  if (by === 'device') return { detail: { by } }
  return { by: by.actor, detail: by.reason === undefined ? {} : { reason: by.reason } }
}

/** A suspended token approves nothing and its codes are wrong, until it is resumed. @throws {Problem} unknown-token */
export async function suspendToken(needs: Needs, id: TokenId, by: { actor: Actor; reason?: string | undefined }) {
  await setTokenState(needs, id, { from: 'active', to: 'suspended', kind: 'token-suspended' }, by)
}

/** @throws {Problem} unknown-token */
export async function resumeToken(needs: Needs, id: TokenId, by: { actor: Actor; reason?: string | undefined }) {
  await setTokenState(needs, id, { from: 'suspended', to: 'active', kind: 'token-resumed' }, by)
}

type StateChange = {
  from: TokenRow['state']
  to: TokenRow['state']
  kind: 'token-suspended' | 'token-resumed'
}

/** What is so already stays so. */
async function setTokenState(
  { store, clock }: Needs,
  id: TokenId,
  { from, to, kind }: StateChange,
  { actor, reason }: { actor: Actor; reason?: string | undefined },
): Promise<void> {
  await store.write(async (tx, announce) => {
    const row = await tokenRow(tx, id)
    if (!row || row.state === 'revoked') throw new Problem('unknown-token')
    if (!(await markTokenState(tx, id, from, to))) return
    const { user_id: user, device_id: device } = row
    const detail = { token: id, ...(reason === undefined ? {} : { reason }) }
    await record(tx, { at: clock.now(), kind, user, device, by: actor, detail })
    announce(`device:${device}`)
    announce(`user:${user}`)
  })
}

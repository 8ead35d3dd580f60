// What a person does about all their devices from one of them. Each act but looking needs a fresh passcode of the token:
// whoever picks up a phone that is open can neither add a device of their own nor take the others away.
import type { AccountDevice, OwnToken } from '../../protocol/account-api.ts'
import type { FurtherDevice, OwnDevice } from '../../protocol/device-api.ts'
import type { DeviceId, TokenId } from '../../protocol/ids.ts'
import { timeOrNull, timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { deviceName } from '../devices/device-rows.ts'
import { requireOldEnough } from '../devices/old-enough.ts'
import { policyOf } from '../devices/token-policy.ts'
import { activeTokensOf, type TokenRow, tokenOnDevice, tokensWithDevices } from '../devices/token-rows.ts'
import { takeHoldings } from '../devices/tokens.ts'
import { type CreateEnrolmentNeeds, prepareEnrolment, writeEnrolment } from '../enrolment/create.ts'
import { tell } from '../notices/tell.ts'
import { type Fresh, requireFresh, type VerifyNeeds } from '../passcodes/verify.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import { withdrawOnce } from '../requests/withdraw.ts'
import type { Store } from '../store/store.ts'
import { holdings } from './holdings.ts'

export type OwnDevicesNeeds = VerifyNeeds & CreateEnrolmentNeeds

type Asked = { token: TokenId; passcode: string }

/** A link that another device shows is scanned at once or not at all. */
const FURTHER_DEVICE_MS = 10 * 60 * 1000

/** Those of everybody for whom this device can approve, newest first; itself before the others. */
export async function devicesOfSamePeople({ store }: { store: Store }, device: DeviceId): Promise<OwnDevice[]> {
  const { trusted: users } = await holdings(store.read, device)
  const found = await Promise.all(users.map((user) => tokensWithDevices(store.read, user)))
  const named = await usernames(store, device)
  return found
    .flatMap((rows, index) => devicesIn(rows, { device, username: named.get(users[index] ?? '') ?? '' }))
    .sort((a, b) => Number(b.current) - Number(a.current))
}

async function usernames({ read }: Store, device: DeviceId): Promise<Map<string, string>> {
  const rows = await read
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .select(['users.id', 'users.username'])
    .where('tokens.device_id', '=', device)
    .execute()
  return new Map(rows.map(({ id, username }) => [id, username]))
}

type Row = Awaited<ReturnType<typeof tokensWithDevices>>[number]

/** @param rows one person's tokens */
export function devicesIn(rows: readonly Row[], by: { device: DeviceId | undefined; username: string }): OwnDevice[] {
  const held = rows.filter((row) => row.state !== 'revoked' && row.device_state === 'active')
  return [...Map.groupBy(held, (row) => row.device_id)].flatMap(([id, tokens]) => {
    const first = tokens.at(-1)
    if (!first) return []
    const used = Math.max(0, ...tokens.map((token) => token.last_used_at ?? 0))
    return {
      id,
      name: first.device_name,
      platform: first.platform,
      current: id === by.device,
      username: by.username,
      addedAt: timestamp(first.created_at),
      lastUsedAt: used === 0 ? null : timestamp(used),
      suspended: tokens.every(({ state }) => state === 'suspended'),
    }
  })
}

/** @param rows one person's tokens */
export const accountDevices = (
  rows: readonly Row[],
  by: { device: DeviceId | undefined; username: string },
): AccountDevice[] =>
  devicesIn(rows, by).map((device) => ({
    ...device,
    tokens: rows.filter((row) => row.device_id === device.id && row.state !== 'revoked').map(ownToken),
  }))

const ownToken = (row: Row): OwnToken => ({
  id: row.id,
  unlock: row.unlock,
  digits: row.number_matching === 1 ? row.number_digits : null,
  suspended: row.state === 'suspended',
  addedAt: timestamp(row.created_at),
  lastUsedAt: timeOrNull(row.last_used_at),
})

/**
 * A further device, which asks for what this one asks for. Every other one is told of the link, which ends with the token
 * that made it.
 * @throws {Problem} unknown-token, token-inactive, too-many-requests, passcodes-locked, wrong-passcode
 */
export async function addAnother(needs: OwnDevicesNeeds, device: DeviceId, asked: Asked): Promise<FurtherDevice> {
  const row = await usableToken(needs, device, asked.token)
  const { label, ...policy } = policyOf(row)
  const { user_id: user, id: madeBy } = row
  const made = await prepareEnrolment(needs, { user, label, policy, expiresInMs: FURTHER_DEVICE_MS, madeBy })
  const about = { id: device, name: await deviceName(needs.store.read, device) }
  const also: Fresh['also'] = async (tx, announce) => {
    await writeEnrolment(tx, made, undefined, { madeBy })
    await tell(tx, { ...needs, announce }, { user, kind: 'link-by-device', device: about, except: device })
  }
  await requireFresh(needs, { ...asked, user, also })
  const { activationUrl, code, expiresAt } = made.created
  return { activationUrl, code, expiresAt }
}

/**
 * What asks as the person ends with it, in one transaction.
 * @throws {Problem} unknown-token, token-inactive, added-too-recently, too-many-requests, passcodes-locked,
 * wrong-passcode
 */
export async function removeOther(
  needs: OwnDevicesNeeds & SettleNeeds,
  { device, other, ...asked }: Asked & { device: DeviceId; other: DeviceId },
): Promise<void> {
  const row = await usableToken(needs, device, asked.token)
  await requireNotNewer(needs, row, other)
  const { user_id: user } = row
  await requireFresh(needs, {
    ...asked,
    user,
    within: (counted, write) => withdrawOnce(needs, user, [counted], write),
    also: async (tx, announce) => {
      const taken = await takeHoldings(tx, { ...needs, announce }, { user, device: other, by: 'user' })
      if (!taken) throw new Problem('unknown-token')
    },
  })
}

/**
 * Attack stopped: what a thief adds from a phone that lies open takes that phone away before its owner has read of it,
 * and with it the only way to say 'It wasn't me!'.
 */
async function requireNotNewer(needs: OwnDevicesNeeds, token: TokenRow, device: DeviceId): Promise<void> {
  if (device === token.device_id) return
  const taking = { user: token.user_id, device, since: token.created_at }
  await requireOldEnough(needs.store.read, needs.clock.now(), taking)
}

async function usableToken({ store }: { store: Store }, device: DeviceId, id: TokenId): Promise<TokenRow> {
  const row = await tokenOnDevice(store.read, device, id)
  if (!row || row.state === 'revoked') throw new Problem('unknown-token')
  const active = await activeTokensOf(store.read, row.user_id)
  if (!active.some((token) => token.id === id)) throw new Problem('token-inactive')
  return row
}

// The tokens of this installation.
import type { DeviceToken } from '../../protocol/device-api.ts'
import type { TokenId } from '../../protocol/ids.ts'
import type { Device } from './device.ts'
import { isRefusal } from './errors.ts'
import { setHadTokens } from './had-tokens.ts'
import { writeIfRoom } from './if-room.ts'
import type { SealedToken, StoredToken } from './schema.ts'
import type { Change, DeviceStore } from './store.ts'

/** Oldest first. */
export async function storedTokens(store: DeviceStore): Promise<StoredToken[]> {
  return (await store.all('tokens')).sort((a, b) => a.createdAt.localeCompare(b.createdAt))
}

export function isSealed(token: StoredToken): token is SealedToken {
  return token.keys.kind === 'sealed'
}

/** Takes over what the server says of these tokens: names, policies, states. A token it no longer knows is revoked. */
export async function refreshTokens({ store, api }: Pick<Device, 'store' | 'api'>): Promise<StoredToken[]> {
  const asked = new Set((await storedTokens(store)).map(({ id }) => id))
  const known = await knownTokens(api)
  // One that was added while the server was asked is not in its answer, and lives all the same.
  const refreshed = (await storedTokens(store)).map((token) =>
    asked.has(token.id) ? merge(token, known.get(token.id)) : token,
  )
  await writeIfRoom(store, ...refreshed.map(putToken))
  return refreshed
}

async function knownTokens(api: Device['api']): Promise<Map<TokenId, DeviceToken>> {
  try {
    return new Map((await api.tokens()).map((token) => [token.id, token]))
  } catch (error) {
    if (isRefusal(error, 'unknown-device')) return new Map()
    throw error
  }
}

function merge(token: StoredToken, known: DeviceToken | undefined): StoredToken {
  if (!known) return { ...token, state: 'revoked' }
  const { label, username, state, unlock, approval, numberMatching, numberDigits, otp } = known
  return { ...token, label, username, state, policy: { unlock, approval, numberMatching, numberDigits, otp } }
}

export async function renameToken(
  { store, api }: Pick<Device, 'store' | 'api'>,
  token: StoredToken,
  label: string,
): Promise<StoredToken> {
  const renamed = merge(token, await api.renameToken(token.id, label))
  await store.write(putToken(renamed))
  return renamed
}

/** Revokes it on the server first: a token dropped only here would still be waited for there. */
export async function removeToken({ store, api }: Pick<Device, 'store' | 'api'>, id: TokenId): Promise<void> {
  await revoke(api, id)
  await store.write({ drop: 'tokens', key: id })
  if ((await store.all('tokens')).length === 0) await setHadTokens(false)
}

export async function revoke(api: Device['api'], id: TokenId): Promise<void> {
  try {
    await api.removeToken(id)
  } catch (error) {
    if (!isRefusal(error, 'unknown-token', 'unknown-device', 'not-found')) throw error
  }
}

export function putToken(token: StoredToken): Change {
  return { put: 'tokens', key: token.id, value: token }
}

// The keys of a token, unlocked where it asks for that. The ceremony's code is loaded only when a token needs it.
import {
  type Device,
  isSealed,
  type SealedToken,
  type StoredToken,
  UnsealError,
  type UsableKeys,
  unsealTokenKeys,
} from '../../device/index.ts'
import { UnlockFailure } from './unlock-fault.ts'

/** @throws {UnlockFailure} */
export async function keysOf(device: Device, token: StoredToken): Promise<UsableKeys> {
  if (isSealed(token)) return unseal(device, token)
  if (token.keys.kind === 'plain') return token.keys
  throw new UnlockFailure('gone')
}

/** Of an older version's page it may have been put away, or there is no network to load it by. */
async function ceremony(): Promise<typeof import('./passkey.ts')> {
  try {
    return await import('./passkey.ts')
  } catch (error) {
    throw new UnlockFailure('failed', { cause: error })
  }
}

async function unseal({ origin, random }: Device, token: SealedToken): Promise<UsableKeys> {
  const { unlockWith } = await ceremony()
  const output = await unlockWith({ rpId: new URL(origin).hostname, random }, token.keys.credentialId)
  try {
    return await unsealTokenKeys(output, token)
  } catch (error) {
    // Another passkey answered, or what was sealed has been tampered with: neither will ever open this token.
    if (error instanceof UnsealError) throw new UnlockFailure('gone', { cause: error })
    throw error
  } finally {
    output.fill(0)
  }
}

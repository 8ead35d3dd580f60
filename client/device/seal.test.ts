import { expect, test } from 'vitest'
import { hotp } from '../../protocol/hotp.ts'
import type { TokenId } from '../../protocol/ids.ts'
import { hmacBy } from '../../protocol/web-crypto.ts'
import { aToken, RAW_KEYS, TOKEN } from '../../test/support/device/installation.ts'
import { UnsealError } from './errors.ts'
import { usableKeys } from './keys.ts'
import type { SealedKeys, SealedToken } from './schema.ts'
import { sealTokenKeys, unsealTokenKeys } from './seal.ts'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const prfOutput = random(32)
const keys = await sealTokenKeys(prfOutput, { token: TOKEN, credentialId: 'Y3JlZA' }, RAW_KEYS, random)
const token = (change: Partial<SealedKeys> = {}, id = TOKEN) =>
  aToken({ id, keys: { ...keys, ...change } }) as Promise<SealedToken>

test('the same unlock key gives back keys that compute the same and that no script can read', async () => {
  const unsealed = await unsealTokenKeys(prfOutput, await token())
  const plain = await usableKeys(RAW_KEYS)
  for (const role of ['totp', 'ocra'] as const) {
    expect(await hotp(hmacBy(unsealed[role]), 7, 8)).toBe(await hotp(hmacBy(plain[role]), 7, 8))
    expect(unsealed[role].extractable).toBe(false)
  }
})

test('nothing of the keys can be seen at rest', () => {
  expect(keys.totp.data).not.toEqual(RAW_KEYS.totp)
  expect(keys.ocra.data.length).toBe(32 + 16)
  expect(keys.totp.iv).not.toEqual(keys.ocra.iv)
})

test('another unlock key opens nothing', async () => {
  await expect(unsealTokenKeys(random(32), await token())).rejects.toThrow(UnsealError)
})

test('keys moved to another token, another credential or another role do not open', async () => {
  const moved = await token({}, 'tok_11111111111111111111111111' as TokenId)
  await expect(unsealTokenKeys(prfOutput, moved)).rejects.toThrow(UnsealError)
  await expect(unsealTokenKeys(prfOutput, await token({ credentialId: 'b3RoZXI' }))).rejects.toThrow(UnsealError)
  const swapped = await token({ totp: keys.ocra, ocra: keys.totp })
  await expect(unsealTokenKeys(prfOutput, swapped)).rejects.toThrow(UnsealError)
})

test('keys that were changed at rest do not open', async () => {
  const data = keys.ocra.data.slice()
  data[0] = (data[0] ?? 0) ^ 1
  await expect(unsealTokenKeys(prfOutput, await token({ ocra: { ...keys.ocra, data } }))).rejects.toThrow(UnsealError)
})

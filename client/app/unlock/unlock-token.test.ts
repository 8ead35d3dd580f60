import { expect, test, vi } from 'vitest'
import { anInstallation, aToken } from '../../../test/support/device/installation.ts'
import { keysOf } from './unlock-token.ts'

vi.mock('./passkey.ts', () => {
  throw new TypeError('Failed to fetch dynamically imported module')
})

test('where the ceremony’s code cannot be loaded the unlock has failed, and can be tried again', async () => {
  const { device } = await anInstallation()
  const part = { iv: new Uint8Array(12), data: new Uint8Array(36) }
  const token = await aToken({ keys: { kind: 'sealed', credentialId: 'AAAA', totp: part, ocra: part } })
  await expect(keysOf(device, token)).rejects.toMatchObject({ name: 'UnlockFailure', fault: 'failed' })
})

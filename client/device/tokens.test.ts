import { expect, test } from 'vitest'
import type { DeviceToken } from '../../protocol/device-api.ts'
import type { TokenId } from '../../protocol/ids.ts'
import { json, problem } from '../../test/support/device/fake-server.ts'
import { anInstallation, aToken, START } from '../../test/support/device/installation.ts'
import { putToken, refreshTokens, storedTokens } from './tokens.ts'

const ADDED = `tok_${'1'.repeat(26)}` as TokenId
const SUSPENDED: DeviceToken = {
  ...(await aToken()).policy,
  id: (await aToken()).id,
  label: 'Work',
  username: 'alice',
  state: 'suspended',
  createdAt: START,
  lastUsedAt: null,
}

test('what the server says of a token is taken over', async () => {
  const { device, server } = await anInstallation()
  server.answers(json({ tokens: [SUSPENDED] }))
  expect(await refreshTokens(device)).toMatchObject([{ label: 'Work', state: 'suspended' }])
  expect(await storedTokens(device.store)).toMatchObject([{ label: 'Work', state: 'suspended' }])
})

test('a token that the server no longer knows is revoked, and so are all when it does not know the device', async () => {
  const { device, server } = await anInstallation()
  server.answers(json({ tokens: [] }))
  expect(await refreshTokens(device)).toMatchObject([{ state: 'revoked' }])
  server.answers(problem('unknown-device', 401))
  expect(await refreshTokens(device)).toMatchObject([{ state: 'revoked' }])
})

test('a token that is added while the server is asked lives, though it is not in the answer', async () => {
  const { device, server, store } = await anInstallation()
  server.answers(async () => {
    await store.write(putToken(await aToken({ id: ADDED, createdAt: '2026-01-02T00:00:00.000Z' })))
    return json({ tokens: [SUSPENDED] })
  })
  expect(await refreshTokens(device)).toMatchObject([{ state: 'suspended' }, { id: ADDED, state: 'active' }])
})

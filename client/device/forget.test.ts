import { expect, test } from 'vitest'
import { json } from '../../test/support/device/fake-server.ts'
import { anInstallation } from '../../test/support/device/installation.ts'
import { forgetEverything } from './forget.ts'
import { storedTokens } from './tokens.ts'

type Registration = NonNullable<Awaited<ReturnType<Parameters<typeof forgetEverything>[1]>>>

async function emptied(getNotifications: Registration['getNotifications']) {
  const { device, server, clock } = await anInstallation()
  server.otherwise(json({}))
  const forgotten = forgetEverything(device, async () => ({ getNotifications, pushManager: {} as PushManager }))
  return { device, forgotten, clock }
}

test('a device is emptied though its browser fails at taking down notifications', async () => {
  const { device, forgotten } = await emptied(() => Promise.reject(new DOMException('gone', 'InvalidStateError')))
  expect(await forgotten).toEqual({ revoked: true })
  expect([await storedTokens(device.store), await device.store.all('identity')]).toEqual([[], []])
})

test('a device is emptied though its browser never answers', async () => {
  const asked = Promise.withResolvers<void>()
  const { device, forgotten, clock } = await emptied(() => {
    asked.resolve()
    return new Promise(() => {})
  })
  await asked.promise
  expect(await storedTokens(device.store)).toEqual([])
  await clock.advance(5_000)
  expect(await forgotten).toEqual({ revoked: true })
})

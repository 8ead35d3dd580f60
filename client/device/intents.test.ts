import { expect, test } from 'vitest'
import { anInstallation, requestId } from '../../test/support/device/installation.ts'
import { leaveIntent, takeIntent } from './intents.ts'

test('an intent is taken once', async () => {
  const { device } = await anInstallation()
  await leaveIntent(device, requestId())
  expect(await takeIntent(device, requestId())).toBe(true)
  expect(await takeIntent(device, requestId())).toBe(false)
})

test('it is good for its own request only, and for the last one pressed', async () => {
  const { device } = await anInstallation()
  await leaveIntent(device, requestId('1'))
  expect(await takeIntent(device, requestId('2'))).toBe(false)
  await leaveIntent(device, requestId('2'))
  expect(await takeIntent(device, requestId('1'))).toBe(false)
  expect(await takeIntent(device, requestId('2'))).toBe(true)
})

test('it is good for 30 seconds', async () => {
  const { device, clock } = await anInstallation()
  await leaveIntent(device, requestId())
  await clock.advance(30_001)
  expect(await takeIntent(device, requestId())).toBe(false)
})

test('a clock set back makes it void', async () => {
  const { device } = await anInstallation()
  const later = { ...device.clock, local: () => device.clock.local() + 60_000 }
  await leaveIntent({ ...device, clock: later }, requestId())
  expect(await takeIntent(device, requestId())).toBe(false)
})

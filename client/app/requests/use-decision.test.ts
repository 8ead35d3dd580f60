import { createPinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { createApp } from 'vue'
import { json } from '../../../test/support/device/fake-server.ts'
import { anInstallation, aRequest } from '../../../test/support/device/installation.ts'
import { THIS_DEVICE } from '../this-device.ts'
import { useDecision } from './use-decision.ts'

vi.mock(import('vue'), async (original) => ({ ...(await original()), onBeforeUnmount: () => {} }))

test('a token that was added in another window answers its first request in this one', async () => {
  const { device, server } = await anInstallation()
  const app = createApp({}).use(createPinia()).provide(THIS_DEVICE, device)
  const { phase, approve } = app.runWithContext(() => useDecision(aRequest(), { at: 'asking' }))
  server.answers(json({ state: 'approved', reason: null }))
  await approve(null)
  expect(phase.value).toEqual({ at: 'ended', ending: 'approved' })
})

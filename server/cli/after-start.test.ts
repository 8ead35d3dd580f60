import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { newSealer, random, someDevice } from '../../test/support/enrolled.ts'
import { addApplication } from '../applications/applications.ts'
import { systemClock } from '../clock.ts'
import type { Store } from '../store/store.ts'
import { type AfterStartNeeds, warmUp } from './after-start.ts'

describe.each(ENGINES)('after the start on %s', (engine) => {
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  async function loaded(): Promise<string[]> {
    const asked: string[] = []
    const needs = {
      store,
      provider: async () => asked.push('OpenID provider'),
      outbound: { warmUp: async () => asked.push('way out') },
    }
    await warmUp(needs as unknown as AfterStartNeeds)
    return asked
  }

  it('is loaded what this installation has a use for, and nothing else', async () => {
    const needs = { store, clock: systemClock, random, sealer: newSealer() }
    await addApplication(needs, { name: 'Gateway' })
    expect(await loaded()).toEqual([])
    const { row } = await someDevice(store)
    const keys = { endpoint: 'https://push.example/1', p256dh: '', auth: '', vapid_key: '' }
    const subscription = { device_id: row.id, created_at: 0, ...keys }
    await store.write((tx) => tx.insertInto('subscriptions').values(subscription).execute())
    expect(await loaded()).toEqual(['way out'])
    await addApplication(needs, { name: 'Harbour', redirectUris: ['https://harbour.example/back'] })
    expect(await loaded()).toEqual(['way out', 'OpenID provider'])
  })
})

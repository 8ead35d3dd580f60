import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NOTICE_WINDOW_MS } from '../../protocol/notices.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { newSealer, someDevice, someToken, someUser } from '../../test/support/enrolled.ts'
import type { Store } from '../store/store.ts'
import { isOldEnough } from './old-enough.ts'

const NOW = 10 * NOTICE_WINDOW_MS

describe.each(ENGINES)('what takes a device away on %s', (engine) => {
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  it.each([
    ['that was made a moment ago waits', 0, false],
    ['waits for a whole day', 1 - NOTICE_WINDOW_MS, false],
    ['no longer waits after it', -NOTICE_WINDOW_MS, true],
    ['waits where the clock was set back a little since', 1000, false],
    ['does not wait for as long as a wrong clock was ahead', NOTICE_WINDOW_MS, true],
  ])('%s', async (_what, ago, may) => {
    const { id: user } = await someUser(store)
    const device = (await someDevice(store)).row.id
    await someToken(store, { sealer: newSealer(), user, device })
    expect(await isOldEnough(store.read, NOW, { user, device, since: NOW + ago })).toBe(may)
  })
})

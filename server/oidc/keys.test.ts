import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { newSealer } from '../../test/support/enrolled.ts'
import type { Store } from '../store/store.ts'
import { PUBLISHED_BEFORE_MS, rotateSigningKeys, signingKeys } from './keys.ts'

const BY = {
  kind: 'command-line' as const,
  id: null,
  name: 'command line',
  role: 'owner' as const,
  act: 'oidc.rotate-keys',
}
const DAY = 24 * 3_600_000

describe.each(ENGINES)('signing keys on %s', (engine) => {
  let store: Store
  const clock = new ManualClock()
  const sealer = newSealer()
  const needs = () => ({ store, sealer, clock })
  beforeEach(async () => {
    store = await openStore(engine)
  })
  afterEach(() => store.close())
  const named = async () => (await signingKeys(needs())).map(({ alg, kid }) => `${alg} ${kid}`)

  it('are published first, used two days later, and published on for what they signed', async () => {
    const [rsa, ec] = await named()
    await rotateSigningKeys(needs(), { atOnce: false }, BY)
    const published = await named()
    expect([published.length, published[0], published[1]]).toEqual([4, rsa, ec])
    await clock.advance(PUBLISHED_BEFORE_MS)
    const used = await named()
    expect(used.slice(2)).toEqual([rsa, ec])
    expect(used.slice(0, 2).sort()).toEqual(published.slice(2).sort())
    await clock.advance(30 * DAY)
    expect((await named()).sort()).toEqual(used.slice(0, 2).sort())
  })

  it('that leaked are good for nothing from that moment on', async () => {
    const former = await named()
    await rotateSigningKeys(needs(), { atOnce: true }, BY)
    const now = await named()
    expect(now).toHaveLength(2)
    expect(now.filter((name) => former.includes(name))).toEqual([])
    const events = await store.read.selectFrom('security_events').select('kind').execute()
    expect(events).toEqual([{ kind: 'oidc-keys-rotated' }])
  })

  it('are lost by no two who replace them at once', async () => {
    await signingKeys(needs())
    await Promise.all([1, 2].map(() => rotateSigningKeys(needs(), { atOnce: false }, BY)))
    expect(await signingKeys(needs())).toHaveLength(6)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../protocol/limits.ts'
import { NOTICE_WINDOW_MS } from '../../protocol/notices.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { newSealer, QUIET, random, someDevice, someToken, someUser } from '../../test/support/enrolled.ts'
import { findActiveDevice } from '../devices/device-rows.ts'
import { purgeNotices } from '../notices/rows.ts'
import { tell } from '../notices/tell.ts'
import { openPolicies } from '../policy/book.ts'
import type { Store } from '../store/store.ts'
import { noticesOnDevice, reportOnDevice } from './notices.ts'

describe.each(ENGINES)('a notice on %s', (engine) => {
  const clock = new ManualClock()
  const sealer = newSealer()
  const push = { enqueue: async () => [], dispatch: () => {} }
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  const needs = () => ({
    store,
    clock,
    random,
    ...QUIET,
    limits: DEFAULT_LIMITS,
    push,
    policies: openPolicies(store),
    regionOf: () => undefined,
  })

  /** Somebody with a device, to which another is added. */
  async function addition() {
    const { id: user } = await someUser(store)
    const [own, added] = [(await someDevice(store)).row, (await someDevice(store)).row]
    for (const { id } of [own, added]) await someToken(store, { sealer, user, device: id })
    const news = { user, kind: 'device-added', device: added, except: added.id } as const
    await store.write((tx, announce) => tell(tx, { ...QUIET, clock, random, announce }, news))
    const [notice] = await noticesOnDevice({ store }, own.id)
    if (!notice) throw new Error('nothing was told')
    return { own: own.id, added: added.id, id: notice.id }
  }

  it('can be reported until a day has passed', async () => {
    const { own, added, id } = await addition()
    const late = await addition()
    await clock.advance(NOTICE_WINDOW_MS - 1)
    await reportOnDevice(needs(), own, id)
    expect(await findActiveDevice(store.read, added)).toBeUndefined()
    await clock.advance(1)
    await expect(reportOnDevice(needs(), late.own, late.id)).rejects.toMatchObject({ slug: 'too-late-to-report' })
    expect(await findActiveDevice(store.read, late.added)).toBeDefined()
  })

  it('reported twice at once undoes and warns once', async () => {
    const { own, id } = await addition()
    await Promise.all([1, 2, 3].map(() => reportOnDevice(needs(), own, id)))
    const reports = await store.read.selectFrom('reports').select('id').where('notice_id', '=', id).execute()
    expect(reports).toHaveLength(1)
  })

  it('is forgotten after a while', async () => {
    const { own } = await addition()
    await purgeNotices(store, clock.now())
    expect(await noticesOnDevice({ store }, own)).toHaveLength(1)
    await purgeNotices(store, clock.now() + 1)
    expect(await noticesOnDevice({ store }, own)).toEqual([])
  })
})

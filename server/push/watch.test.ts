import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeviceId } from '../../protocol/ids.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import type { Store } from '../store/store.ts'
import { insertPushes, type PushJob, release } from './outbox.ts'
import { OutboxWatch } from './watch.ts'

const SOON = { timeout: 10_000, interval: 2 }
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

describe.each(ENGINES)('on %s', (engine) => {
  let store: Store
  let clock: ManualClock
  let watch: OutboxWatch | undefined
  let taken: PushJob[]
  let errors: string[]
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())
  beforeEach(() => {
    clock = new ManualClock()
    taken = []
    errors = []
  })
  afterEach(async () => {
    await watch?.stop()
    await store.write((tx) => tx.deleteFrom('outbox').execute())
  })

  const noop = () => {}
  const start = (room: () => number, from = store) => {
    const error = (about: Record<string, unknown>) => errors.push(`${about.err}`)
    watch = new OutboxWatch(
      { store: from, clock, log: { debug: noop, info: noop, warn: noop, error } },
      { room, take: async (jobs) => void taken.push(...jobs) },
    )
    watch.start()
    return watch
  }
  const write = (...devices: string[]) =>
    store.write(async (tx) => {
      const pushes = devices.map((device) => ({
        kind: 'test' as const,
        device_id: device as DeviceId,
        request_id: null,
        expires_at: clock.now() + 60_000,
      }))
      await release(tx, await insertPushes(tx, pushes, { now: clock.now(), random }))
    })
  const untilTaken = (count: number) => vi.waitFor(() => expect(taken).toHaveLength(count), SOON)

  it('finds every 10 seconds what nobody told of', async () => {
    start(() => 10)
    await clock.whenWaiting()
    await write('dev_1')
    await clock.advance(10_000)
    await untilTaken(1)
  })

  it('leaves in the outbox what there is no room for, until there is', async () => {
    await write('dev_1', 'dev_2')
    let most = 1
    // Pushes of this process's own may leave less room than none.
    const watching = start(() => (taken.length < most ? 1 : -1))
    await untilTaken(1)
    await clock.whenWaiting()
    watching.wake()
    await clock.whenWaiting()
    expect(taken).toHaveLength(1)
    most = 2
    watching.roomMade()
    await untilTaken(2)
  })

  it('says that the store is out, and looks again a second later', async () => {
    let isOut = true
    const unsteady: Store = {
      ...store,
      get read() {
        if (isOut) throw new Error('the store is out')
        return store.read
      },
    }
    await write('dev_1')
    start(() => 10, unsteady)
    await clock.whenWaiting()
    expect(errors).toEqual(['Error: the store is out'])
    isOut = false
    await clock.advance(1000)
    await untilTaken(1)
  })
})

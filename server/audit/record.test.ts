import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../protocol/ids.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { random } from '../../test/support/enrolled.ts'
import type { Store } from '../store/store.ts'
import { raise, record } from './record.ts'

describe.each(ENGINES)('the audit log on %s', (engine) => {
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  it('keeps entries in the order in which they were written', async () => {
    const user = newId('usr', random)
    await store.write(async (tx) => {
      await record(tx, { at: 20, kind: 'user-added', user, detail: { username: 'alice' } })
      await record(tx, { at: 10, kind: 'signed-in', user })
    })
    const entries = await store.read
      .selectFrom('audit')
      .selectAll()
      .where('user_id', '=', user)
      .orderBy('seq')
      .execute()
    expect(entries.map(({ at, kind, detail }) => ({ at, kind, detail }))).toEqual([
      { at: 20, kind: 'user-added', detail: '{"username":"alice"}' },
      { at: 10, kind: 'signed-in', detail: '{}' },
    ])
  })

  it('has every security event, which waits to be delivered with all it is about', async () => {
    const user = newId('usr', random)
    const device = newId('dev', random)
    await store.write((tx) => raise(tx, { at: 5, kind: 'device-revoked', user, device, detail: { by: 'operator' } }))
    const entry = await store.read.selectFrom('audit').selectAll().where('user_id', '=', user).executeTakeFirstOrThrow()
    expect(entry).toMatchObject({ at: 5, kind: 'device-revoked', device_id: device, request_id: null })
    const event = await store.read
      .selectFrom('security_events')
      .selectAll()
      .where('user_id', '=', user)
      .executeTakeFirstOrThrow()
    expect(event).toMatchObject({ at: 5, kind: 'device-revoked', delivered_at: null })
    expect(event.id).toMatch(/^evt_[0-9a-hjkmnp-tv-z]{26}$/)
    expect(JSON.parse(event.detail)).toEqual({ device, by: 'operator' })
  })

  it('has no entry of a change that did not happen', async () => {
    const user = newId('usr', random)
    const change = store.write(async (tx) => {
      await raise(tx, { at: 1, kind: 'report', user })
      throw new Error('overtaken')
    })
    await expect(change).rejects.toThrow('overtaken')
    expect(await store.read.selectFrom('audit').selectAll().where('user_id', '=', user).execute()).toEqual([])
  })
})

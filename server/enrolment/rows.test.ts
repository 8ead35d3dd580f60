import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { newSealer } from '../../test/support/enrolled.ts'
import { enrollingHouse } from '../../test/support/enrolling.ts'
import type { Store } from '../store/store.ts'
import { takeEnrolment, withdrawEnrolment } from './rows.ts'

describe.each(ENGINES)('an enrolment withdrawn while its code is being used, on %s', (engine) => {
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  it('is used by nobody any more', async () => {
    const { create } = await enrollingHouse(store, newSealer())
    const { enrolment: id, expiresAt } = await create()
    const seen = await store.read.selectFrom('enrolments').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    const now = Date.parse(expiresAt) - 1000
    expect(await store.write((tx) => withdrawEnrolment(tx, id, now))).toBe(seen.user_id)
    const activation = { at: now, with: 'x', answer: '{}' }
    expect(await store.write((tx) => takeEnrolment(tx, seen, activation))).toBe(false)
  })
})

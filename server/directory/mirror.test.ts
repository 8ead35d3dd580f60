import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { someUser } from '../../test/support/enrolled.ts'
import type { Store } from '../store/store.ts'
import { wouldBe } from './mirror.ts'

describe.each(ENGINES)('somebody as the directory says on %s', (engine) => {
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  const called = async (external_id: string) => {
    const { id } = await someUser(store)
    await store.write((tx) => tx.updateTable('users').set({ external_id }).where('id', '=', id).execute())
    return id
  }
  const known = (externalId: string, username: string) =>
    wouldBe(store.read, { externalId, username }, { create: true })

  it('is who is called so here, by whatever name', async () => {
    const alice = await called('ldap:alice')
    expect(await known('ldap:alice', 'another')).toMatchObject({ refused: null, row: { id: alice } })
  })

  it('is nobody where two are called so: neither is let in as the other', async () => {
    const [one] = [await called('ldap:twice'), await called('ldap:twice')]
    expect(await known('ldap:twice', one)).toEqual({ refused: 'name-taken' })
  })
})

// However many people there are, a question is answered at once or refused.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId, type UserId } from '../../../protocol/ids.ts'
import { type Database, ENGINES, newDatabase } from '../../../test/support/engines.ts'
import { random } from '../../assemble.ts'
import type { Store } from '../../store/store.ts'
import { MOST_COMPARED, TooWide } from './search.ts'
import { type UserCondition, usersMatching } from './users.ts'

const EVERYBODY = MOST_COMPARED + 1
const AT_ONCE = 1000

describe.each(ENGINES)('conditions on %s', (engine) => {
  let database: Database
  let store: Store
  beforeAll(async () => {
    database = await newDatabase(engine)
    store = await database.open()
    for (let from = 0; from < EVERYBODY; from += AT_ONCE)
      await store.write(async (tx) => {
        const people = Array.from({ length: Math.min(AT_ONCE, EVERYBODY - from) }, (_, at) => from + at)
        await tx.insertInto('users').values(people.map(person)).execute()
      })
  })
  afterAll(() => database.remove())

  const found = async (condition: UserCondition) =>
    (await usersMatching(store.read, condition, { offset: 0, limit: 3 })).users.map(({ username }) => username)

  it('find by an index whoever is asked for', async () => {
    expect(await found({ member: 'username', is: 'eq', value: 'PERSON7' })).toEqual(['person7'])
    expect(await found({ member: 'username', is: 'sw', value: 'person2000' })).toEqual(['person2000', 'person20000'])
    expect(await found({ member: 'email', is: 'eq', value: 'Mail9@harbour.example' })).toEqual(['person9'])
    expect(await found({ member: 'externalId', is: 'eq', value: 'x11' })).toEqual(['person11'])
    expect(await found({ member: 'active', is: 'eq', value: false })).toEqual(['person0'])
    expect(await found({ member: 'id', is: 'eq', value: '' })).toEqual([])
    expect(await found({ member: 'id', is: 'pr' })).toHaveLength(3)
    expect((await usersMatching(store.read, undefined, { offset: EVERYBODY - 1, limit: 5 })).users).toHaveLength(1)
    expect((await usersMatching(store.read, undefined, { offset: 0, limit: 0 })).total).toBe(EVERYBODY)
    const [active, page] = [{ member: 'active', is: 'eq', value: true } as const, { offset: 7000, limit: 2 }]
    for (const condition of [undefined, active]) {
      const counted = await usersMatching(store.read, condition, page)
      const { users } = await usersMatching(store.read, condition, { offset: 6999, limit: 1 })
      const after = users[0]?.username_key
      expect(await usersMatching(store.read, condition, { ...page, offset: 0, after })).toEqual(counted)
    }
  })

  it('compare the rest where an index narrows it, and are refused where none does', async () => {
    const odd = { member: 'displayName', is: 'co', value: '17' } as const
    const some = { member: 'username', is: 'sw', value: 'person171' } as const
    expect(await found({ all: [odd, some] })).toEqual(['person171', 'person1710', 'person17100'])
    const wide: UserCondition[] = [
      odd,
      { not: some },
      { any: [some, odd] },
      { all: [odd, { member: 'username', is: 'sw', value: 'person' }] },
      { member: 'changedAt', is: 'ge', value: '1970-01-01T00:00:00Z' },
    ]
    for (const condition of wide) await expect(found(condition)).rejects.toBeInstanceOf(TooWide)
    await store.write((tx) => tx.deleteFrom('users').where('username', '=', 'person12345').execute())
    expect((await found(odd)).length).toBe(3)
  })
})

function person(at: number) {
  const id = newId('usr', random) as UserId
  return {
    id,
    username: `person${at}`,
    username_key: `person${at}`,
    display_name: `Person ${at}`,
    email: `mail${at}@harbour.example`,
    password_hash: null,
    created_at: 0,
    external_id: `x${at}`,
    state: at === 0 ? ('suspended' as const) : ('active' as const),
  }
}

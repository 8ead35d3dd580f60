import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { base64url, utf8 } from '../../protocol/encoding.ts'
import { newId } from '../../protocol/ids.ts'
import { DEFAULT_LIMITS } from '../../protocol/limits.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { type Database, ENGINES, newDatabase } from '../../test/support/engines.ts'
import { QUIET, random } from '../../test/support/enrolled.ts'
import { somebodyWaits } from '../../test/support/locks.ts'
import { endAccess } from '../handed-out/end-access.ts'
import type { Store } from '../store/store.ts'
import { holdThrottle } from '../throttling/throttle.ts'
import { changeOwnPassword } from './own-password.ts'
import { argon2Passwords, type Passwords } from './passwords.ts'
import { findUser, insertUsers, type UserRow, userById } from './rows.ts'
import { setPassword } from './set-password.ts'
import { listUsers } from './user-list.ts'
import { addUser, type NewUser } from './users.ts'
import { verifyPassword } from './verify-password.ts'

const COUNTING = { sealer: QUIET.sealer, limits: DEFAULT_LIMITS }

/** Hashes that show what they are made of, and a list of all verifications. */
function countedPasswords(): Passwords & { verified: string[] } {
  const verified: string[] = []
  return {
    verified,
    hash: async (password) => `hash of ${password}`,
    verify: async (phc, password) => {
      verified.push(phc)
      return phc === `hash of ${password}`
    },
    decoy: Promise.resolve('decoy'),
  }
}

const organisation = { name: 'Harbour' }

describe.each(ENGINES)('the directory on %s', (engine) => {
  const clock = new ManualClock()
  let database: Database
  let store: Store
  let other: Store
  beforeAll(async () => {
    database = await newDatabase(engine)
    store = await database.open()
    other = await database.open()
  })
  afterAll(() => database.remove())

  const add = (user: NewUser, { on = store, passwords = countedPasswords() as Passwords } = {}) =>
    addUser({ store: on, clock, random, passwords, organisation }, user)

  it('finds a user by any spelling of the name, and keeps the one that was given', async () => {
    const added = await add({ username: 'Straße', displayName: 'Alice', email: 'alice@example.org' })
    expect(await findUser(store.read, ' STRAßE ')).toEqual(added)
    expect(await userById(store.read, added.id)).toMatchObject({ username: 'Straße', display_name: 'Alice' })
  })

  it('has each name once, however it is spelled', async () => {
    await add({ username: 'alice' })
    for (const username of ['alice', 'ALICE', 'ａｌｉｃｅ', ' alice'])
      await expect(add({ username })).rejects.toMatchObject({ slug: 'username-taken' })
  })

  it('gives nobody a password that is easily guessed', async () => {
    const guessed = add({ username: 'guessed', displayName: 'Alice of the quay', password: 'Quay2026!' })
    await expect(guessed).rejects.toMatchObject({ slug: 'guessable-password' })
    expect(await findUser(store.read, 'guessed')).toBeUndefined()
  })

  it('gives a name to one of two processes that add it at once', async () => {
    const adding = await Promise.allSettled(
      [store, other, store, other].map((on) => add({ username: 'twice' }, { on })),
    )
    expect(adding.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it.each([
    ['/username', { username: '' }],
    ['/username', { username: '  ' }],
    ['/username', { username: 'a'.repeat(65) }],
    ['/username', { username: 'alice\u202e' }],
    ['/username', { username: 'alice\u061c' }],
    ['/password', { username: 'bad-password', password: '' }],
    ['/password', { username: 'short-password', password: '7 signs' }],
    ['/displayName', { username: 'bad-display', displayName: 'two\nlines' }],
  ])('refuses a bad %s and adds nobody', async (pointer, user) => {
    await expect(add(user)).rejects.toMatchObject({
      slug: 'invalid',
      members: { errors: { [pointer]: expect.any(String) } },
    })
    expect(await findUser(store.read, user.username)).toBeUndefined()
  })

  it('does the same work for an unknown name, a user without a password, and a wrong password', async () => {
    const passwords = countedPasswords()
    await add({ username: 'with-password', password: 'right horse' }, { passwords })
    await add({ username: 'without-password' }, { passwords })
    const check = (username: string, password: string) =>
      verifyPassword({ store, passwords, ...COUNTING, clock }, username, password)
    expect(await check('nobody', 'right')).toBeUndefined()
    expect(await check('without-password', 'right horse')).toBeUndefined()
    expect(await check('with-password', 'wrong')).toBeUndefined()
    expect(passwords.verified).toEqual(['decoy', 'decoy', 'hash of right horse'])
    expect(await check('With-Password', 'right horse')).toMatchObject({ username: 'with-password' })
    expect(passwords.verified).toHaveLength(4)
  })

  it('does the same work at the account page for whoever has no password as for a wrong one', async () => {
    const passwords = countedPasswords()
    const [none, one] = [
      await add({ username: 'none of it' }),
      await add({ username: 'one of it', password: 'right horse' }),
    ]
    const needs = { store, clock, random, passwords, organisation, ...QUIET, limits: DEFAULT_LIMITS }
    const change = { current: 'decoy', next: 'a longer one by far', session: '' }
    for (const { id } of [none, one])
      await expect(changeOwnPassword(needs, id, change)).rejects.toMatchObject({ slug: 'wrong-credentials' })
    expect(passwords.verified).toEqual(['decoy', 'hash of right horse'])
  })

  it('signs nobody in by the decoy’s own password', async () => {
    const passwords: Passwords = { ...countedPasswords(), verify: async () => true }
    await add({ username: 'decoyed' })
    expect(await verifyPassword({ store, passwords, ...COUNTING, clock }, 'decoyed', 'anything')).toBeUndefined()
    expect(await verifyPassword({ store, passwords, ...COUNTING, clock }, 'nobody', 'anything')).toBeUndefined()
  })

  it('takes only the new password after a change', async () => {
    const passwords = argon2Passwords(random, { memoryCost: 8, timeCost: 1, parallelism: 1 })
    const { id, password_hash } = await add({ username: 'changing', password: 'first horse' }, { passwords })
    expect(password_hash).toMatch(/^\$argon2id\$/)
    await setPassword({ store, clock, random, passwords, organisation, ...QUIET }, id, 'second of all')
    expect(await verifyPassword({ store, passwords, ...COUNTING, clock }, 'changing', 'first horse')).toBeUndefined()
    expect(await verifyPassword({ store, passwords, ...COUNTING, clock }, 'changing', 'second of all')).toMatchObject({
      id,
    })
    await expect(
      setPassword({ store, clock, random, passwords, organisation, ...QUIET }, newId('usr', random), 'nobody knows'),
    ).rejects.toMatchObject({
      slug: 'unknown-user',
    })
  })

  it('changes a password beside a report, and neither waits for the other for ever', async () => {
    const passwords = countedPasswords()
    const { id } = await add({ username: 'reporting' })
    const session = { id, user_id: id, request_id: null, created_at: 0, seen_at: 0, expires_at: 1 }
    await store.write((tx) => tx.insertInto('account_sessions').values(session).execute())
    let set: Promise<void> | undefined
    await store.write(async (tx) => {
      await holdThrottle(tx, id)
      await tx.deleteFrom('account_sessions').where('user_id', '=', id).execute()
      set = setPassword({ store, clock, random, passwords, organisation, ...QUIET }, id, 'second of all')
      // There is one writer on SQLite.
      if (engine === 'postgres') await vi.waitUntil(() => somebodyWaits(store))
      await endAccess(tx, { store, clock }, { user: id })
    })
    await set
    expect(await userById(store.read, id)).toMatchObject({ password_hash: 'hash of second of all' })
  })

  it('writes down who was added, without the password', async () => {
    const { id } = await add({ username: 'audited', password: 'hunter2 horse' })
    const entry = await store.read.selectFrom('audit').selectAll().where('user_id', '=', id).executeTakeFirstOrThrow()
    expect(entry).toMatchObject({ kind: 'user-added', detail: '{"username":"audited"}' })
  })

  it('lists everybody once, page by page, in the order of names', async () => {
    for (let n = 0; n < 105; n++) await add({ username: `listed-${String(n).padStart(3, '0')}` })
    const names: string[] = []
    let pages = 0
    for (let cursor: string | null | undefined; cursor !== null; pages++) {
      const page = await listUsers({ store }, { cursor })
      names.push(...page.users.map((user) => user.username_key))
      cursor = page.next
    }
    expect(pages).toBe(2)
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => name.startsWith('listed-'))).toEqual(
      Array.from({ length: 105 }, (_, n) => `listed-${String(n).padStart(3, '0')}`),
    )
    for (const cursor of ['?', 'AA', base64url(utf8('{"name":"a\\u0000"}'))])
      await expect(listUsers({ store }, { cursor })).rejects.toMatchObject({ slug: 'invalid' })
  })

  it('finds everybody by parts of their names, once, however common each part is', async () => {
    const row = (n: number, displayName: string): UserRow => ({
      id: newId('usr', random),
      username: `searched-${n}`,
      username_key: `searched-${n}`,
      display_name: displayName,
      email: n % 2 === 0 ? `${n}.quist@example.org` : null,
      password_hash: null,
      created_at: 0,
      state: n % 400 === 0 ? 'suspended' : 'active',
      version: 1,
      external_id: null,
      given_name: null,
      family_name: null,
      changed_at: 0,
    })
    const people = Array.from({ length: 1300 }, (_, n) => row(n, n % 10 === 0 ? 'Zoë Quist-Möller' : 'Bo Quist'))
    for (let from = 0; from < people.length; from += 400)
      await store.write((tx) => insertUsers(tx, people.slice(from, from + 400)))
    const all = async (search: string, filter: { state?: 'suspended' } = {}) => {
      const found: string[] = []
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await listUsers({ store }, { search, cursor, ...filter })
        found.push(...page.users.map(({ username }) => username))
        cursor = page.next
      }
      return found.sort()
    }
    const named = (those: UserRow[]) => those.map(({ username }) => username).sort()
    const rare = people.filter(({ display_name }) => display_name.startsWith('Zoë'))
    expect(await all('qui')).toEqual(named(people))
    for (const search of ['zoe', 'zoë quist', 'mol', 'Q Z', 'quist möl', 'searched zoe'])
      expect(await all(search)).toEqual(named(rare))
    expect(await all('quist', { state: 'suspended' })).toEqual(
      named(people.filter(({ state }) => state === 'suspended')),
    )
    expect(await all('quist nobody')).toEqual([])
  })
})

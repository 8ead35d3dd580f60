import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UserId } from '../../protocol/ids.ts'
import { DEFAULT_LIMITS } from '../../protocol/limits.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { newSealer, OPERATOR, QUIET, random, someDevice, someUser } from '../../test/support/enrolled.ts'
import { tellNoted } from '../directory/address-news.ts'
import { alignUser, editUser } from '../directory/changes.ts'
import { importUsers } from '../directory/import/apply.ts'
import { mirrorPerson } from '../directory/mirror.ts'
import { logger } from '../log.ts'
import { valuesCell } from '../mail/outbox.ts'
import { openPolicies } from '../policy/book.ts'
import type { Store } from '../store/store.ts'
import type { News } from './news.ts'
import { tell } from './tell.ts'

describe.each(ENGINES)('a notice by mail on %s', (engine) => {
  const clock = new ManualClock('2026-02-02T09:41:00.000Z')
  const sealer = newSealer()
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  async function person(email: string | null, ...addresses: string[]) {
    const { id } = await someUser(store)
    await store.write(async (tx) => {
      await tx.updateTable('users').set({ email }).where('id', '=', id).execute()
      for (const [place, address] of addresses.entries())
        await tx
          .insertInto('notice_addresses')
          .values({ user_id: id, place, address, created_at: 0, confirmed_at: 0 })
          .execute()
    })
    return id
  }
  const say = (news: News, isOn = true) =>
    store.write((tx, announce) => tell(tx, { ...QUIET, sealer, clock, random, announce, mail: { isOn } }, news))
  const mailsOf = async (user: News['user']) => {
    const rows = await store.read.selectFrom('mails').selectAll().where('user_id', '=', user).execute()
    return rows
      .map(({ id, recipient, template, sealed_values }) => ({
        recipient,
        template,
        values: JSON.parse(sealer.openText(sealed_values ?? '', valuesCell(id))) as Record<string, string>,
      }))
      .sort((a, b) => a.recipient.localeCompare(b.recipient))
  }

  it('goes to the organisation’s address and to the person’s own, each once', async () => {
    const user = await person('alice@example.org', 'alice@example.com', 'alice@example.org')
    const device = { id: (await someDevice(store)).row.id, name: 'Pixel 9' }
    await say({ user, kind: 'device-added', device })
    const mails = await mailsOf(user)
    expect(mails.map(({ recipient }) => recipient)).toEqual(['alice@example.com', 'alice@example.org'])
    expect(mails[0]).toMatchObject({
      template: 'device-added',
      values: {
        device: 'Pixel 9',
        name: 'Alice',
        time: '2 February 2026 at 09:41 UTC',
        link: 'https://login.example.org/account',
      },
    })
  })

  it('says in words what has none of its own', async () => {
    const user = await person('bob@example.org')
    await say({ user, kind: 'user-suspended' })
    const [mail] = await mailsOf(user)
    expect(mail?.template).toBe('help-desk-acted')
    expect(mail?.values.what).toMatch(/^The account of .* was suspended by your organisation\.$/)
  })

  it('goes where somebody was written to before, too, when that changes', async () => {
    const user = await person(null, 'new@example.org')
    await say({ user, kind: 'addresses-changed', formerly: ['old@example.org'] })
    expect((await mailsOf(user)).map(({ recipient }) => recipient)).toEqual(['new@example.org', 'old@example.org'])
  })

  it.each([
    ['an operator', editUser],
    ['another directory', alignUser],
  ])('goes where somebody was written to before when %s changes their address', async (_, change) => {
    const user = await person('old@example.org')
    const push = { enqueue: async () => [], dispatch: () => {} }
    const parts = { ...QUIET, store, sealer, clock, random, push, mail: { isOn: true }, regionOf: () => undefined }
    const needs = { ...parts, limits: DEFAULT_LIMITS, policies: openPolicies(store) }
    const renamed = await change(needs, { id: user, version: 1, displayName: 'Al' }, OPERATOR.actor)
    expect(await mailsOf(user)).toEqual([])
    await change(needs, { id: user, version: renamed.version, email: 'new@example.org' }, OPERATOR.actor)
    const mails = await mailsOf(user)
    expect(mails.map(({ recipient }) => recipient)).toEqual(['new@example.org', 'old@example.org'])
    expect(mails[0]?.values.what).toMatch(/^The addresses for notices of .* were changed\.$/)
    const told = await store.read.selectFrom('notices').select('kind').where('user_id', '=', user).execute()
    expect(told).toEqual([{ kind: 'addresses-changed' }])
  })

  it('goes there when the directory says so at a sign-in, and not when it says the same again', async () => {
    const user = await person('old@example.org')
    const needs = { ...QUIET, store, sealer, clock, random, mail: { isOn: true } }
    const told = { externalId: `ldap:${user}`, username: user, displayName: 'Alice', groups: [] }
    const sayTwice = async (email: string | null) => {
      for (let n = 0; n < 2; n++) await mirrorPerson(needs, { ...told, email }, { create: false })
    }
    await sayTwice('old@example.org')
    expect(await mailsOf(user)).toEqual([])
    await sayTwice('new@example.org')
    expect((await mailsOf(user)).map(({ recipient }) => recipient)).toEqual(['new@example.org', 'old@example.org'])
  })

  it('says to whom the directory calls otherwise how they are called now; a name that was another’s a day ago is not taken', async () => {
    const [one, two] = [await person('one@example.org'), await person('two@example.org')]
    const needs = { ...QUIET, store, sealer, clock, random, mail: { isOn: true } }
    const says = async (user: UserId, username: string) => {
      const email = user === one ? 'one@example.org' : 'two@example.org'
      const told = { externalId: `ldap:${user}`, username, displayName: 'Alice', email, groups: [] }
      return (await mirrorPerson(needs, told, { create: false }))?.username
    }
    for (const user of [one, two]) expect(await says(user, user)).toBe(user)
    expect(await says(one, `${one}-new`)).toBe(`${one}-new`)
    expect((await mailsOf(one)).map(({ template, values }) => [template, values.what])).toEqual([
      ['account-changed', `Your user name was changed: it is ${one}-new now.`],
    ])
    expect(await says(two, one)).toBe(two)
    expect(await mailsOf(two)).toEqual([])
    expect(await says(one, one)).toBe(one)
  })

  it('goes to all of whom a file has another address, later and once, whoever tells them', async () => {
    const people = await Promise.all([0, 1, 2].map((n) => person(n === 2 ? null : `old-${n}@example.org`)))
    const needs = { ...QUIET, store, sealer, clock, random, mail: { isOn: true } }
    const file = (address: (n: number) => string) =>
      `username,email\n${people.map((id, n) => `${id},${address(n)}\n`).join('')}`
    const tellAll = () => Promise.all([tellNoted(needs), tellNoted(needs)])
    const importing = { ...needs, log: logger('silent', { write: () => {} }), stopping: new AbortController().signal }
    await importUsers(
      importing,
      file((n) => (n === 2 ? '' : `old-${n}@example.org`)),
      OPERATOR.actor,
    )
    await tellAll()
    await importUsers(
      importing,
      file((n) => `new-${n}@example.org`),
      OPERATOR.actor,
    )
    for (const id of people) expect(await mailsOf(id)).toEqual([])
    await tellAll()
    const recipients = await Promise.all(
      people.map(async (id) => (await mailsOf(id)).map(({ recipient }) => recipient)),
    )
    expect(recipients).toEqual([
      ['new-0@example.org', 'old-0@example.org'],
      ['new-1@example.org', 'old-1@example.org'],
      ['new-2@example.org'],
    ])
    expect(await store.read.selectFrom('address_news').selectAll().execute()).toEqual([])
  })

  it('of a file goes to two hundred at a time', async () => {
    const rows = Array.from({ length: 201 }, (_, n) => ({ user_id: `usr_${n}` as UserId, formerly: '', at: n }))
    await store.write((tx) => tx.insertInto('address_news').values(rows).execute())
    const left = async () => (await store.read.selectFrom('address_news').selectAll().execute()).map(({ at }) => at)
    const needs = { ...QUIET, store, sealer, clock, random }
    await tellNoted(needs)
    expect(await left()).toEqual([200])
    await tellNoted(needs)
    expect(await left()).toEqual([])
  })

  it('is none where no mail is sent', async () => {
    const user = await person('carol@example.org')
    await say({ user, kind: 'password-changed' }, false)
    expect(await mailsOf(user)).toEqual([])
  })
})

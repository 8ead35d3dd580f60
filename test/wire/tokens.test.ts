// What operators do about the tokens and devices of people, and the links that make them.
import { beforeAll, describe, expect, it } from 'vitest'
import type { EnrolmentId } from '../../protocol/ids.ts'
import type { Overview } from '../../protocol/operator-api/overview.ts'
import type { ActivationLink, EnrolmentList, TokenEntries } from '../../protocol/operator-api/tokens.ts'
import type { UserList } from '../../protocol/operator-api/users.ts'
import { ENGINES } from '../support/engines.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'
import { expectInvalid } from '../support/wire-problem.ts'

const REASON = { reason: 'asked for' }

describe.each(ENGINES)('tokens under operators’ hands on %s', (engine) => {
  const house = wireHouse(engine)
  let helper: WireProgram
  beforeAll(async () => {
    helper = await programOf(house.server, 'help-desk')
  })

  const idOf = async (username: string) => {
    const { body } = await helper.call<UserList>('GET', `/users?search=${encodeURIComponent(username)}`)
    return body.users[0]?.id ?? ''
  }
  const tokens = async (user: string) => (await helper.call<TokenEntries>('GET', `/users/${user}/tokens`)).body.tokens
  const links = async (user = '') =>
    (await helper.call<EnrolmentList>('GET', `/enrolments${user && `?user=${user}`}`)).body.enrolments
  const make = (user: string, more = {}) =>
    helper.call<ActivationLink>('POST', '/enrolments', { user, ...REASON, ...more })

  it('a link makes a token once, is seen to be used, and the token is shown with its device', async () => {
    const user = await idOf(await house.server.user())
    const { body: link } = await make(user, { numberDigits: 3, expiresInMinutes: 60 })
    expect(Date.parse(link.expiresAt) - house.clock.now()).toBe(60 * 60_000)
    expect(await links(user)).toMatchObject([{ state: 'open', numberDigits: 3, user: { id: user } }])
    expect(JSON.stringify(await links(user))).not.toContain(link.code)
    const device = await house.server.newDevice().enrol(link.code)
    expect(await links(user)).toMatchObject([{ state: 'used' }])
    expect(await tokens(user)).toMatchObject([
      {
        id: device.token.id,
        state: 'active',
        numberDigits: 3,
        lastUsedAt: null,
        device: { state: 'active', subscribed: false },
      },
    ])
  })

  it('a link that is withdrawn is worthless at once, and expired ones say so', async () => {
    const user = await idOf(await house.server.user())
    const { body: withdrawn } = await make(user)
    const withdraw = () => helper.call('POST', `/enrolments/${withdrawn.enrolment}/withdraw`, REASON)
    expect(said(await withdraw())).toBe('204')
    expect(said(await withdraw())).toBe('404 unknown-enrolment')
    expect(said(await house.server.newDevice().open(withdrawn.code))).toBe('404 unknown-code')
    await make(user, { expiresInMinutes: 1 })
    await house.clock.advance(60_000)
    expect((await links(user)).map(({ state }) => state).sort()).toEqual(['expired', 'withdrawn'])
    expect((await links()).filter((link) => link.user.id === user)).toEqual([])
  })

  it('a link that ends within a day is counted for as long as it is good', async () => {
    const user = await idOf(await house.server.user())
    const expiring = async () => (await helper.call<Overview>('GET', '/overview')).body.codesExpiring
    const before = await expiring()
    const { body: link } = await make(user, { expiresInMinutes: 60 })
    expect(await expiring()).toBe(before + 1)
    await helper.call('POST', `/enrolments/${link.enrolment}/withdraw`, REASON)
    expect(await expiring()).toBe(before)
  })

  it('however many links are open, each is on one of the pages; so are all of one person', async () => {
    const { store } = house.server
    const user = await idOf(await house.server.user())
    const { body: link } = await make(user, { expiresInMinutes: 60 })
    const row = await store.read
      .selectFrom('enrolments')
      .selectAll()
      .where('id', '=', link.enrolment as EnrolmentId)
      .executeTakeFirstOrThrow()
    const rows = Array.from({ length: 130 }, (_, n) => ({
      ...row,
      id: `enr_${String(n).padStart(26, '0')}` as EnrolmentId,
      code_lookup: `page ${n}`,
      created_at: row.created_at + (n % 3),
      expires_at: row.expires_at + (n % 3),
    }))
    await store.write((tx) => tx.insertInto('enrolments').values(rows).execute())
    const whole = async (query: string) => {
      const seen: string[] = []
      for (let next: string | null = ''; next !== null; ) {
        const { body }: { body: EnrolmentList } = await helper.call<EnrolmentList>('GET', `/enrolments?${query}${next}`)
        seen.push(...body.enrolments.map(({ id }) => id))
        next = body.next && `&cursor=${body.next}`
      }
      return seen
    }
    for (const query of [`user=${user}`, '']) {
      const seen = await whole(query)
      expect(seen.length).toBeGreaterThan(130)
      expect(new Set(seen).size).toBe(seen.length)
    }
    const ids = rows.map(({ id }) => id)
    await store.write((tx) => tx.deleteFrom('enrolments').where('id', 'in', ids).execute())
  })

  it('links that can’t be are refused', async () => {
    const user = await idOf(await house.server.user())
    expect(said(await make(user, { approval: 'enhanced' }))).toBe('422 incompatible-policy')
    expect(said(await make(user, { approval: 'enhanced', numberMatching: false }))).toBe('201')
    expectInvalid(await make(user, { expiresInMinutes: 0 }), '/expiresInMinutes')
    expectInvalid(await make(user, { unlock: 'pin' }), '/unlock')
    expect(said(await make('usr_00000000000000000000000000'))).toBe('404 unknown-user')
  })

  it('a wish for less than the policy asks is said to have been raised', async () => {
    const owner = await programOf(house.server, 'owner')
    const seen = await owner.call<{ version: number }>('GET', '/policies/organisation')
    const set = (policy: object, version: number) =>
      owner.call<{ version: number }>('PUT', '/policies/organisation', { policy }, { 'if-match': `"${version}"` })
    const strict = await set({ unlock: 'webauthn' }, seen.body.version)
    const user = await idOf(await house.server.user())
    expect((await make(user, { unlock: 'none', numberDigits: 3 })).body.raised).toEqual(['unlock'])
    expect((await make(user)).body.raised).toEqual([])
    await set({}, strict.body.version)
  })

  it('a suspended token approves nothing until it is resumed; a removed device is gone with its tokens', async () => {
    const { username, device, created, shown } = await house.asked()
    const user = await idOf(username)
    const { id } = device.token
    expect(said(await helper.call('POST', `/tokens/${id}/suspend`, { reason: 'lost for an hour' }))).toBe('204')
    expect(said(await device.decide(shown, 'approve', created.number))).toBe('403 token-inactive')
    expect(said(await helper.call('POST', `/tokens/${id}/resume`, REASON))).toBe('204')
    expect(said(await device.decide(shown, 'approve', created.number))).toBe('200')
    const at = (await tokens(user))[0]?.device.id
    expectInvalid(await helper.call('POST', `/devices/${at}/remove`), '/reason')
    expect(said(await helper.call('POST', `/devices/${at}/remove`, { reason: 'in a lake' }))).toBe('204')
    expect(await tokens(user)).toMatchObject([{ state: 'revoked', device: { state: 'revoked' } }])
    expect(said(await helper.call('POST', `/tokens/${id}/resume`, REASON))).toBe('404 unknown-token')
    expect(said(await device.call('GET', '/device/v1/tokens'))).toBe('401 unknown-device')
    const entries = await house.server.store.read
      .selectFrom('audit')
      .select(['kind', 'detail'])
      .where('user_id', '=', user as never)
      .execute()
    const removed = entries.find(({ kind }) => kind === 'device-revoked')
    expect(JSON.parse(removed?.detail ?? '{}')).toMatchObject({ reason: 'in a lake', by: { role: 'help-desk' } })
  })

  it('a device that is removed takes along what asks, and what was approved, as anybody whose token was on it', async () => {
    const first = await house.person()
    const second = await house.server.user()
    await first.device.enrol(await house.server.code(second))
    const approved = await house.approved(await house.ask(first))
    const asked = [await house.application.ask(first.username), await house.application.ask(second)]
    const elsewhere = await house.asked()
    const removed = await helper.call('POST', `/devices/${first.device.id}/remove`, { reason: 'stolen' })
    expect(said(removed)).toBe('204')
    const state = async ({ id }: { id: string }) => (await house.application.read(id)).body.state
    expect(await Promise.all(asked.map(state))).toEqual(['cancelled', 'cancelled'])
    const { id, secret } = approved.created
    expect(said(await house.application.redeem(id, secret, approved.passcode))).toBe('410 expired')
    expect(await state(elsewhere.created)).toBe('pending')
  })

  it('a token that is revoked takes along what asks as its person, once', async () => {
    const { username, device } = await house.person()
    await house.server.device(username)
    const asked = async () => (await house.application.ask(username)).id
    const state = async (id: string) => (await house.application.read(id)).body.state
    const revoke = () => helper.call('POST', `/tokens/${device.token.id}/revoke`, { reason: 'not theirs' })
    const before = await asked()
    expect([said(await revoke()), await state(before)]).toEqual(['204', 'cancelled'])
    const after = await asked()
    expect([said(await revoke()), await state(after)]).toEqual(['204', 'pending'])
  })
})

// What operators do about the tokens and devices of people, and the links that make them.
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { type DeviceId, type EnrolmentId, newId, type TokenId } from '../../protocol/ids.ts'
import type { ActivationLink, EnrolmentList } from '../../protocol/operator-api/activation-links.ts'
import type { Overview } from '../../protocol/operator-api/overview.ts'
import type { TokenEntries, TokenList } from '../../protocol/operator-api/tokens.ts'
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
  let auditor: WireProgram
  beforeAll(async () => {
    helper = await programOf(house.server, 'help-desk')
    auditor = await programOf(house.server, 'auditor')
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
    const MANY_LINKS = 3100
    const rows = Array.from({ length: MANY_LINKS }, (_, n) => ({
      ...row,
      id: `enr_${String(n).padStart(26, '0')}` as EnrolmentId,
      code_lookup: `page ${n}`,
      created_at: row.created_at + (n % 3),
      expires_at: row.expires_at + (n % 3),
    }))
    await store.write(async (tx) => {
      for (let at = 0; at < rows.length; at += 500)
        await tx
          .insertInto('enrolments')
          .values(rows.slice(at, at + 500))
          .execute()
    })
    let pages = 0
    const whole = async (query: string) => {
      const seen: string[] = []
      for (let next: string | null = ''; next !== null; ) {
        const { body }: { body: EnrolmentList } = await helper.call<EnrolmentList>('GET', `/enrolments?${query}${next}`)
        pages += 1
        seen.push(...body.enrolments.map(({ id }) => id))
        next = body.next && `&cursor=${body.next}`
      }
      return seen
    }
    for (const query of [`user=${user}`, '']) {
      const seen = await whole(query)
      expect(seen.length).toBeGreaterThan(MANY_LINKS)
      expect(new Set(seen).size).toBe(seen.length)
    }
    // Whoever is looked for is found behind them, in as many calls as it takes.
    const behind = await house.server.user()
    const { body: last } = await make(await idOf(behind), { expiresInMinutes: 120 })
    pages = 0
    expect(await whole(`search=${behind}`)).toEqual([last.enrolment])
    expect(pages).toBe(2)
    expect(await whole('search=nobody-of-that-name')).toEqual([])
    await store.write((tx) => tx.deleteFrom('enrolments').where('code_lookup', 'like', 'page %').execute())
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

  it('is suspended once, resumed once, and never when it is gone', async () => {
    const username = await house.server.user()
    const { id } = (await house.server.device(username)).token
    const act = async (what: string) =>
      said(await helper.call('POST', `/tokens/${id}/${what}`, { reason: 'lost for an hour' }))
    const kinds = async () =>
      (
        await house.server.store.read
          .selectFrom('audit')
          .innerJoin('users', 'users.id', 'audit.user_id')
          .select('audit.kind')
          .where('users.username', '=', username)
          .where('audit.kind', 'in', ['token-suspended', 'token-resumed'])
          .orderBy('seq')
          .execute()
      ).map(({ kind }) => kind)
    for (const what of ['resume', 'suspend', 'suspend', 'resume', 'resume']) expect(await act(what)).toBe('204')
    expect(await kinds()).toEqual(['token-suspended', 'token-resumed'])
    await house.server.store.write((tx) =>
      tx
        .updateTable('tokens')
        .set({ state: 'revoked' })
        .where('id', '=', id as never)
        .execute(),
    )
    for (const what of ['suspend', 'resume']) expect(await act(what)).toBe('404 unknown-token')
    expect(await kinds()).toHaveLength(2)
  })

  it('a token that is suspended takes along what it approved, and nothing else', async () => {
    const approved = await house.approved()
    const { username, device } = approved
    const spare = await house.server.device(username)
    const byOther = await house.approved(await house.ask({ username, device: spare }))
    const waits = await house.ask({ username, device })
    const suspended = await helper.call('POST', `/tokens/${device.token.id}/suspend`, { reason: 'stolen' })
    expect(said(suspended)).toBe('204')
    const redeem = ({ created: { id, secret }, passcode }: typeof approved) =>
      house.application.redeem(id, secret, passcode)
    expect(said(await redeem(approved))).toBe('410 expired')
    expect(said(await redeem(byOther))).toBe('200')
    expect((await house.application.read(waits.created.id)).body.state).toBe('pending')
  })

  it.each([0, 1, 2])('approved before write %d of its suspension, a token lets nobody in', async (nth) => {
    const { device, created, shown } = await house.asked()
    const { store } = house.server
    const { write } = store
    let n = 0
    store.write = async (work) => {
      if (n++ === nth) {
        store.write = write
        await device.decide(shown, 'approve', created.number)
      }
      return write(work)
    }
    const suspended = await helper.call('POST', `/tokens/${device.token.id}/suspend`, { reason: 'stolen' })
    store.write = write
    expect(said(suspended)).toBe('204')
    const { body } = await house.application.read(created.id, { secret: created.secret })
    expect(body.passcode ?? null).toBeNull()
  })

  it('approved and suspended at once, a token lets nobody in', async () => {
    for (let time = 0; time < 8; time++) {
      const { username, device, created, shown } = await house.asked()
      const [decided, suspended] = await Promise.all([
        device.decide(shown, 'approve', created.number),
        helper.call('POST', `/tokens/${device.token.id}/suspend`, { reason: 'stolen' }),
      ])
      expect(said(suspended)).toBe('204')
      expect(['200', '403 token-inactive']).toContain(said(decided))
      const { body } = await house.application.read(created.id, { secret: created.secret })
      expect(body.passcode ?? null, username).toBeNull()
    }
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

  describe('all of them', () => {
    const found = async (query: string) => (await helper.call<TokenList>('GET', `/tokens?${query}`)).body
    const DAYS_91 = 91 * 24 * 60 * 60_000
    const subscriptionOf = (device: string) => ({
      device_id: device as DeviceId,
      endpoint: `https://push.example.org/${device}`,
      p256dh: '',
      auth: '',
      vapid_key: '',
      created_at: 0,
    })
    const MANY = 3100
    const NONE = { tokens: [], next: null, until: null }
    let username: string
    let newest: { id: TokenId; created_at: number; state: string }[]
    let old: { unused: TokenId; used: TokenId }
    beforeAll(async () => {
      const { store } = house.server
      const holder = await house.person()
      username = holder.username
      const { token } = holder.device
      const own = await store.read
        .selectFrom('tokens')
        .selectAll()
        .where('id', '=', token.id as TokenId)
        .executeTakeFirstOrThrow()
      const now = house.clock.now()
      const copy = (more: Partial<typeof own>) => ({ ...own, ...more, id: newId('tok', randomBytes) })
      // Newer than whatever the other tests make, and two of each moment.
      const rows = Array.from({ length: MANY }, (_, n) =>
        copy({ created_at: now + 2 * DAYS_91 + Math.floor(n / 2), state: n % 50 === 0 ? 'suspended' : 'active' }),
      )
      const aged = { created_at: now - DAYS_91, state: 'active' as const }
      const unused = copy({ ...aged, last_used_at: null })
      const used = copy({ ...aged, last_used_at: now })
      await store.write(async (tx) => {
        const all = [...rows, unused, used]
        for (let at = 0; at < all.length; at += 500)
          await tx
            .insertInto('tokens')
            .values(all.slice(at, at + 500))
            .execute()
      })
      newest = rows.sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? 1 : -1))
      old = { unused: unused.id, used: used.id }
    })

    const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id)

    it('come the newest first, a hundred at a time, with whoever holds them', async () => {
      const first = await found('')
      expect(ids(first.tokens)).toEqual(ids(newest.slice(0, 100)))
      expect(first.tokens[0]).toMatchObject({ user: { username }, device: { subscribed: false } })
      expect(JSON.stringify(first)).not.toMatch(/totp|ocra|drift/)
      const second = await found(`cursor=${first.next}`)
      expect(ids(second.tokens)).toEqual(ids(newest.slice(100, 200)))
      expectInvalid(await helper.call('GET', '/tokens?cursor=!'), '/cursor')
    })

    it('are narrowed to a state, and to who holds them by the beginnings of names', async () => {
      const suspended = newest.filter(({ state }) => state === 'suspended')
      expect(ids((await found('state=suspended')).tokens).slice(0, 62)).toEqual(ids(suspended))
      expectInvalid(await helper.call('GET', '/tokens?state=gone'), '/state')
      const { username: other, device } = await house.person()
      expect(await found(`search=${other}`)).toMatchObject({ tokens: [{ id: device.token.id }], next: null })
      expect(await found(`search=${other}&state=revoked`)).toEqual(NONE)
      expect(await found('search=nobody-of-that-name')).toEqual(NONE)
    })

    it('are found by the beginning of their device’s name, in its order, each once, however many there are', async () => {
      const { store } = house.server
      const named: { id: string; name: string; user: string }[] = []
      for (const name of ['Örn’s tablet', 'zz Pixel 9', 'ZZ pixel 8', 'zz pix%l', 'zz']) {
        const { username: user, device } = await house.person()
        named.push({ id: device.token.id, name, user })
        await store.write((tx) =>
          tx
            .updateTable('devices')
            .set({ name })
            .where('id', '=', device.id as DeviceId)
            .execute(),
        )
      }
      const namesOf = async (query: string) => (await found(query)).tokens.map(({ device }) => device.name)
      expect(await namesOf('device=zZ')).toEqual(['zz', 'zz pix%l', 'ZZ pixel 8', 'zz Pixel 9'])
      expect(await namesOf('device=Zz%20PIXEL')).toEqual(['ZZ pixel 8', 'zz Pixel 9'])
      expect(await namesOf(`device=${encodeURIComponent('Örn')}`)).toEqual(['Örn’s tablet'])
      expect(await namesOf('device=zz&state=revoked')).toEqual([])
      expect(await namesOf('device=nothing%20of%20that%20name')).toEqual([])
      const { user } = named[1] ?? { user: '' }
      expect(await namesOf(`device=zz&search=${user}`)).toEqual(['zz Pixel 9'])
      expect(await namesOf(`device=ZZ%20pixel%208&search=${user}`)).toEqual([])
      expectInvalid(await helper.call('GET', '/tokens?device=zz&cursor=eyJhIjoxfQ'), '/cursor')
    })

    it('of devices that are called alike are on one page or another, all of a device on the same', async () => {
      const { store } = house.server
      const token = await store.read
        .selectFrom('tokens')
        .selectAll()
        .where('id', '=', newest[0]?.id as TokenId)
        .executeTakeFirstOrThrow()
      const device = await store.read
        .selectFrom('devices')
        .selectAll()
        .where('id', '=', token.device_id)
        .executeTakeFirstOrThrow()
      const now = house.clock.now()
      const devices = Array.from({ length: 130 }, () => ({
        ...device,
        id: newId('dev', randomBytes),
        name: 'Alike',
        key_thumbprint: newId('dev', randomBytes),
      }))
      const tokens = devices.flatMap(({ id }) =>
        ['active', 'suspended'].map((state) => ({
          ...token,
          id: newId('tok', randomBytes),
          device_id: id,
          state: state as 'active',
          created_at: now,
        })),
      )
      await store.write(async (tx) => {
        await tx.insertInto('devices').values(devices).execute()
        await tx.insertInto('tokens').values(tokens).execute()
      })
      for (const [query, count] of [
        ['device=alike', 260],
        ['device=alike&state=suspended', 130],
      ] as const) {
        const seen: TokenList['tokens'] = []
        for (let next: string | null = ''; next !== null; ) {
          const page = await found(`${query}${next && `&cursor=${next}`}`)
          const first = page.tokens.map(({ device }) => device.id)
          expect(first.filter((id) => seen.some(({ device }) => device.id === id))).toEqual([])
          seen.push(...page.tokens)
          next = page.next
        }
        expect([seen.length, new Set(ids(seen)).size]).toEqual([count, count])
      }
      const file = (await auditor.call('GET', '/tokens.csv?device=alike')).text
      expect(file.trim().split('\n')).toHaveLength(261)
    })

    it('are a file for spreadsheets, as the list is narrowed; who took it stands in the log', async () => {
      const { username: who, device } = await house.person({ numberDigits: 6 })
      const name = '=HYPERLINK("https://evil.example")'
      await house.server.store.write((tx) =>
        tx
          .updateTable('devices')
          .set({ name })
          .where('id', '=', device.id as DeviceId)
          .execute(),
      )
      const { text, headers } = await auditor.call('GET', `/tokens.csv?search=${who}`)
      expect(headers['content-disposition']).toMatch(/^attachment; filename="tokens-\d{4}-\d\d-\d\d\.csv"$/)
      const [head, row, ...more] = text.replace('\ufeff', '').trim().split('\r\n')
      expect(head).toBe('device,platform,person,name,state,push,unlock,approval,number,used,added,id')
      expect(row).toContain('"\'=HYPERLINK(""https://evil.example"")"')
      expect(row).toMatch(new RegExp(`,${who},${who},active,,none,standard,6,,.*,${device.token.id}$`))
      expect(more).toEqual([])
      const whole = (await auditor.call('GET', '/tokens.csv')).text.trim().split('\r\n')
      expect(whole.length).toBeGreaterThan(MANY)
      expect(new Set(whole).size).toBe(whole.length)
      expect(said(await helper.call('GET', '/tokens.csv'))).toBe('403 forbidden')
      const entries = house.server.store.read.selectFrom('audit').select('detail').where('kind', '=', 'tokens-exported')
      const [taken] = await entries.execute()
      expect(JSON.parse(taken?.detail ?? '')).toMatchObject({ act: 'tokens.export', by: { role: 'auditor' } })
    })

    it('unused for long, or out of reach of push, are found however few they are, and what was looked at is gone on from', async () => {
      const pages = [await found('only=unused')]
      expect(pages[0]).toMatchObject({ tokens: [], next: expect.any(String), until: expect.any(String) })
      const active = newest.filter(({ state }) => state === 'active')
      expect(Date.parse(pages[0]?.until ?? '')).toBe(active[2999]?.created_at)
      for (let next = pages[0]?.next; next; next = pages.at(-1)?.next)
        pages.push(await found(`only=unused&cursor=${next}`))
      expect(pages.at(-1)?.until).toBeNull()
      const unused = ids(pages.flatMap(({ tokens }) => tokens))
      expect(unused).toContain(old.unused)
      expect(unused).not.toContain(old.used)
      const { username: reached, device } = await house.person()
      expect((await found(`search=${reached}&only=unsubscribed`)).tokens).toHaveLength(1)
      await house.server.store.write((tx) => tx.insertInto('subscriptions').values(subscriptionOf(device.id)).execute())
      expect(await found(`search=${reached}&only=unsubscribed`)).toEqual(NONE)
      expect((await found('only=unsubscribed')).tokens).toHaveLength(100)
    })
  })
})

// Links for many people at once, by mail and on paper.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EnrolmentList } from '../../protocol/operator-api/activation-links.ts'
import type { MadeLinks, UnenrolledList } from '../../protocol/operator-api/enrolment.ts'
import type { GroupView } from '../../protocol/operator-api/groups.ts'
import { addUser } from '../../server/directory/users.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { type MailServer, mailServer } from '../support/mail-server.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { operatorOf, programOf, type WireProgram } from '../support/wire-operator.ts'
import { expectInvalid } from '../support/wire-problem.ts'

const DAY = 24 * 60 * 60_000
const REASON = { reason: 'asked for' }

describe.each(ENGINES)('enrolling many on %s', (engine) => {
  const clock = new ManualClock()
  let mails: MailServer
  let server: TestServer
  let administrator: WireProgram
  beforeAll(async () => {
    mails = await mailServer()
    server = await startServer(engine, {
      clock,
      env: { COUNTERSIGN_SMTP: mails.url, COUNTERSIGN_MAILS_PER_MINUTE: '99999' },
    })
    administrator = await programOf(server, 'administrator')
  })
  afterAll(async () => {
    await server.close()
    await mails.close()
  })

  const add = async (username: string, email?: string) =>
    (await addUser(server.running.parts, { username, ...(email && { email }) })).id
  const groupOf = async (name: string, members: string[]) => {
    const { body } = await administrator.call<GroupView>('POST', '/groups', { name })
    for (const member of members) await administrator.call('PUT', `/groups/${body.id}/members/${member}`)
    return body.id
  }
  const missing = async (query = '') => (await administrator.call<UnenrolledList>('GET', `/unenrolled${query}`)).body
  const make = (call: object) => administrator.call<MadeLinks>('POST', '/enrolment-batches', call)
  const linksOf = async (user: string) =>
    (await administrator.call<EnrolmentList>('GET', `/enrolments?user=${user}`)).body.enrolments
  /** Those with a link: news of the account goes by mail too. */
  const linksTo = (address: string) =>
    mails.received.filter(({ to, subject }) => to.includes(address) && subject.startsWith('Set up'))
  const mailsTo = async (address: string, count: number) => {
    await expect
      .poll(async () => {
        await clock.advance(1000)
        return linksTo(address).length
      })
      .toBe(count)
    return linksTo(address)
  }

  it('open links are found by the names of whom they are for', async () => {
    const people = [
      await add('sought-1', 'quay@example.org'),
      (await addUser(server.running.parts, { username: 'sought-2', displayName: 'Zoë Quay-Side' })).id,
      await add('sought-3'),
    ]
    const { body } = await make({ who: 'users', users: people })
    expect(body.links).toHaveLength(3)
    const found = async (search: string) => {
      const { body: list } = await administrator.call<EnrolmentList>('GET', `/enrolments?search=${search}`)
      return list.enrolments.map(({ user }) => user.username).sort()
    }
    expect(await found('SOUGHT')).toEqual(['sought-1', 'sought-2', 'sought-3'])
    expect(await found('quay')).toEqual(['sought-1', 'sought-2'])
    expect(await found('zoe%20qua')).toEqual(['sought-2'])
    expect(await found('sought-3%20quay')).toEqual([])
    expect(await found('%25')).toEqual([])
    const [one] = body.links
    await administrator.call('POST', `/enrolments/${one?.enrolment}/withdraw`, REASON)
    expect(await found('sought')).toHaveLength(2)
  })

  it('who has no token is known, from being added until the last token is gone', async () => {
    const [ann, bob] = [await add('ann'), await add('bob', 'bob@example.org')]
    const group = await groupOf('two', [ann, bob])
    const names = async () => (await missing(`?group=${group}`)).people.map(({ username }) => username).sort()
    expect(await names()).toEqual(['ann', 'bob'])
    const phone = await server.device('ann')
    expect(await names()).toEqual(['bob'])
    expect(await missing(`?group=${group}`)).toMatchObject({ count: 1, next: null })
    const second = await server.device('ann')
    await administrator.call('POST', `/tokens/${phone.token.id}/revoke`, REASON)
    expect(await names()).toEqual(['bob'])
    await administrator.call('POST', `/tokens/${second.token.id}/suspend`, REASON)
    expect(await names()).toEqual(['bob'])
    await administrator.call('POST', `/tokens/${second.token.id}/revoke`, REASON)
    expect(await names()).toEqual(['ann', 'bob'])
    await administrator.call('POST', `/users/${bob}/suspend`, REASON)
    expect(await names()).toEqual(['ann'])
    await administrator.call('DELETE', `/users/${ann}`)
    expect(await names()).toEqual([])
    expect(said(await administrator.call('GET', '/unenrolled?group=grp_00000000000000000000000000'))).toBe(
      '404 unknown-group',
    )
    expectInvalid(await administrator.call('GET', '/unenrolled?cursor=x'), '/cursor')
  })

  it('three hundred who have not enrolled get a link each, a hundred a call, once each', async () => {
    const people = await Promise.all(Array.from({ length: 300 }, (_, n) => add(`crew-${n}`)))
    const group = await groupOf('crew', people)
    const made: MadeLinks['links'] = []
    let cursor: string | null = null
    let calls = 0
    do {
      const reply: { body: MadeLinks } = await make({ who: 'unenrolled', group, ...(cursor && { cursor }) })
      made.push(...reply.body.links)
      cursor = reply.body.next
      calls++
    } while (cursor !== null)
    expect(calls).toBe(3)
    expect(new Set(made.map(({ user }) => user.id)).size).toBe(300)
    expect(new Set(made.map(({ code }) => code)).size).toBe(300)
    const [first] = made
    expect(first?.activationUrl).toBe(`${server.running.parts.origins.app}/enrol#${first?.code}`)
    const device = await server.newDevice().enrol(first?.code ?? '')
    expect(device.token.id).toMatch(/^tok_/)
    expect(await missing(`?group=${group}`)).toMatchObject({ count: 299, people: expect.any(Array) })
    const page = async (cursor?: string) => (await make({ who: 'group', group, ...(cursor && { cursor }) })).body
    const { links, next } = await page()
    const { links: others } = await page(next ?? '')
    expect(new Set([...links, ...others].map(({ user }) => user.id)).size).toBe(200)
    for (const wrong of ['usr_', '\u0000', 'AA'])
      expectInvalid(await make({ who: 'group', group, cursor: wrong }), '/cursor')
  })

  it('by mail, whoever has an address gets a link that nobody else sees; the others’ are shown', async () => {
    const [erin, finn] = [await add('erin', 'erin@example.org'), await add('finn')]
    const { body, text } = await make({
      who: 'users',
      users: [erin, finn],
      delivery: 'mail',
      expiresInMinutes: 7 * 24 * 60,
    })
    expect(body.links.find(({ user }) => user.id === erin)).toMatchObject({
      mailedTo: 'erin@example.org',
      activationUrl: null,
      code: null,
    })
    expect(body.links.find(({ user }) => user.id === finn)).toMatchObject({ mailedTo: null, code: expect.any(String) })
    const mail = (await mailsTo('erin@example.org', 1)).at(-1)
    expect(mail?.text).toContain('It works once, until 8 January 2026 at 00:0')
    const code = /#([0-9a-z]{26})/.exec(mail?.text ?? '')?.[1] ?? ''
    expect(text).not.toContain(code)
    await expect
      .poll(async () => (await linksOf(erin))[0]?.mail)
      .toMatchObject({ state: 'sent', to: 'erin@example.org' })
    await server.newDevice().enrol(code)
    expect(await linksOf(erin)).toMatchObject([{ state: 'used' }])
    const audit = await server.store.read.selectFrom('audit').selectAll().where('user_id', '=', erin).execute()
    expect(JSON.stringify(audit)).not.toContain(code)
    const stored = await server.store.read.selectFrom('mails').selectAll().where('user_id', '=', erin).execute()
    expect(JSON.stringify(stored)).not.toContain(code)
  })

  it('sent once more it is another link, and the one before is worthless', async () => {
    const gus = await add('gus', 'gus@example.org')
    await make({ who: 'users', users: [gus], delivery: 'mail', unlock: 'webauthn', expiresInMinutes: 600 })
    const first = (await mailsTo('gus@example.org', 1)).at(-1)
    const [link] = await linksOf(gus)
    expect(said(await administrator.call('POST', `/enrolments/${link?.id}/resend`, REASON))).toBe('204')
    const second = (await mailsTo('gus@example.org', 2)).at(-1)
    const codeIn = (text = '') => /#([0-9a-z]{26})/.exec(text)?.[1] ?? ''
    expect(codeIn(second?.text)).not.toBe(codeIn(first?.text))
    expect(said(await server.newDevice().open(codeIn(first?.text)))).toBe('404 unknown-code')
    expect(said(await server.newDevice().open(codeIn(second?.text)))).toBe('200')
    const links = await linksOf(gus)
    expect(links.map(({ state, unlock }) => [state, unlock]).sort()).toEqual([
      ['open', 'webauthn'],
      ['withdrawn', 'webauthn'],
    ])
    const open = links.find(({ state }) => state === 'open')
    expect(Date.parse(open?.expiresAt ?? '') - Date.parse(open?.createdAt ?? '')).toBe(600 * 60_000)
  })

  it('a link by mail that moves somebody to a new device still does so when it is sent once more', async () => {
    const ida = await add('ida', 'ida@example.org')
    const old = await server.device('ida')
    const call = { device: old.id, reason: 'A new phone', delivery: 'mail' }
    const { body } = await administrator.call('POST', `/users/${ida}/devices/${old.id}/move`, call)
    expect(body).toMatchObject({ mailedTo: 'ida@example.org', code: null, activationUrl: null })
    await mailsTo('ida@example.org', 1)
    expect(said(await administrator.call('POST', `/enrolments/${body.enrolment}/resend`, REASON))).toBe('204')
    const mail = (await mailsTo('ida@example.org', 2)).at(-1)
    await server.newDevice().enrol(/#([0-9a-z]{26})/.exec(mail?.text ?? '')?.[1] ?? '')
    expect(said(await old.call('GET', '/device/v1/tokens'))).toBe('401 unknown-device')
  })

  it('a link that was withdrawn before its mail left is never sent', async () => {
    await using slow = await startServer(engine, { clock, env: { COUNTERSIGN_SMTP: 'smtp://127.0.0.1:1' } })
    const program = await programOf(slow, 'administrator')
    const { id } = await addUser(slow.running.parts, { username: 'hal', email: 'hal@example.org' })
    const { body } = await program.call<MadeLinks>('POST', '/enrolment-batches', {
      who: 'users',
      users: [id],
      delivery: 'mail',
    })
    expect(said(await program.call('POST', `/enrolments/${body.links[0]?.enrolment}/withdraw`, REASON))).toBe('204')
    const mail = await slow.store.read.selectFrom('mails').selectAll().executeTakeFirstOrThrow()
    expect(mail).toMatchObject({ state: 'cancelled', sealed_values: null })
    expect((await program.call<EnrolmentList>('GET', `/enrolments?user=${id}`)).body.enrolments).toMatchObject([
      { state: 'withdrawn', mail: { state: 'cancelled' } },
    ])
  })

  it('a mail whose link has expired before the mail server was back is not sent', async () => {
    await using down = await startServer(engine, { clock, env: { COUNTERSIGN_SMTP: 'smtp://127.0.0.1:1' } })
    const program = await programOf(down, 'administrator')
    const { id } = await addUser(down.running.parts, { username: 'ida', email: 'ida@example.org' })
    await program.call('POST', '/enrolment-batches', {
      who: 'users',
      users: [id],
      delivery: 'mail',
      expiresInMinutes: 60,
    })
    const state = async () =>
      (await down.store.read.selectFrom('mails').select('state').executeTakeFirstOrThrow()).state
    await clock.jump(DAY)
    await expect
      .poll(async () => {
        await clock.advance(1000)
        return state()
      })
      .toBe('failed')
  })

  it('what can’t be is refused, and nothing is made then', async () => {
    const jan = await add('jan')
    const kim = await add('kim', 'kim@example.org')
    expectInvalid(await make({ who: 'everybody' }), '/who')
    expectInvalid(await make({ who: 'group' }), '/group')
    expectInvalid(await make({ who: 'users', users: Array(101).fill(jan) }), '/users')
    expect(said(await make({ who: 'users', users: [jan, 'usr_00000000000000000000000000'] }))).toBe('404 unknown-user')
    expect(said(await make({ who: 'users', users: [jan], approval: 'enhanced' }))).toBe('422 incompatible-policy')
    expect(await linksOf(jan)).toEqual([])
    await make({ who: 'users', users: [jan] })
    const [link] = await linksOf(jan)
    expect(said(await administrator.call('POST', `/enrolments/${link?.id}/resend`, REASON))).toBe('409 no-mail-address')
    await using silent = await startServer(engine, { clock })
    const program = await programOf(silent, 'administrator')
    const call = { who: 'unenrolled', delivery: 'mail' }
    expect(said(await program.call('POST', '/enrolment-batches', call))).toBe('409 mail-not-set-up')
    await make({ who: 'users', users: [kim] })
    const [used] = await linksOf(kim)
    await server.device('kim')
    expect(said(await administrator.call('POST', `/enrolments/${used?.id}/resend`, REASON))).toBe('204')
  })

  it('links for many want the passkey again', async () => {
    const bea = await operatorOf(server, 'administrator')
    await clock.advance(6 * 60_000)
    const call = { who: 'users', users: [] }
    expect(said(await bea.call('POST', '/enrolment-batches', call))).toBe('403 fresh-passkey-required')
    await bea.confirm()
    expect(said(await bea.call('POST', '/enrolment-batches', call))).toBe('201')
  })
})

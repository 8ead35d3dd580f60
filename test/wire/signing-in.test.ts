// §2, the hosted login page: what a stranger at it may learn, and what another site may make a browser do there.
import { describe, expect, it, vi } from 'vitest'
import { addApplication } from '../../server/applications/applications.ts'
import { addUser } from '../../server/directory/users.ts'
import { endAccess } from '../../server/handed-out/end-access.ts'
import { makeRecoveryCodes } from '../../server/recovery/codes.ts'
import { arrival, CALLBACK } from '../support/arrival.ts'
import { Browsing } from '../support/browsing.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { afterSignIn } from '../support/interrupted-store.ts'
import { limits, startServer } from '../support/server.ts'
import { programOf } from '../support/wire-operator.ts'
import { expectInvalid } from '../support/wire-problem.ts'

const PASSWORD = 'correct horse battery'

describe.each(ENGINES)('the login page on %s', (engine) => {
  it('says the same to an unknown user, a wrong password and a user without one, after the same work', async () => {
    await using server = await startServer(engine, { env: limits({ signInsPerAddress: { count: 100 } }) })
    const { parts } = server.running
    const { clientId = '' } = await addApplication(parts, { name: 'Harbour', redirectUris: [CALLBACK] })
    await addUser(parts, { username: 'alice', password: PASSWORD })
    await addUser(parts, { username: 'carol' })
    const work = vi.spyOn(parts.passwords, 'verify')
    const { post } = await arrival(server, clientId)
    const answers = []
    for (const typed of [
      { username: 'nobody', password: PASSWORD },
      { username: 'alice', password: 'wrong' },
      { username: 'carol', password: PASSWORD },
      { username: 'a\u202eb', password: PASSWORD },
    ]) {
      work.mockClear()
      const { status, text, cookies } = await post('password', typed)
      // One verification each, against a hash that costs the same.
      const cost = work.mock.calls.map(([phc]) => phc.split('$').slice(0, 4).join('$'))
      answers.push({ status, text, cookies, cost })
    }
    expect(answers[0]).toMatchObject({ status: 403, cookies: [] })
    expect(JSON.parse(answers[0]?.text ?? '')).toMatchObject({ type: 'urn:countersign:problem:wrong-credentials' })
    expect(answers[0]?.cost).toEqual([expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1$/)])
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(await post('password', { username: 'alice', password: PASSWORD })).toMatchObject({
      status: 200,
      cookies: [expect.stringMatching(/^__Host-.*HttpOnly.*Secure.*SameSite=Strict/i)],
    })
  })

  it('counts wrong passwords for a name, whoever has it, from everywhere together, until the right one', async () => {
    const clock = new ManualClock()
    const env = { ...limits({ passwordsPerUser: { count: 3 } }), COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1/32' }
    await using server = await startServer(engine, { clock, env })
    const { parts } = server.running
    const { clientId = '' } = await addApplication(parts, { name: 'Harbour', redirectUris: [CALLBACK] })
    await addUser(parts, { username: 'alice', password: PASSWORD })
    let places = 0
    const type = async (username: string, password: string) => {
      const { post } = await arrival(server, clientId)
      const elsewhere = { 'X-Forwarded-For': `2001:db8:${places++}::1` }
      return (await post('password', { username, password }, elsewhere)).status
    }
    for (const username of ['alice', 'nobody']) {
      const tries = await Promise.all(Array.from({ length: 6 }, () => type(username, 'wrong')))
      expect(tries.sort(), username).toEqual([403, 403, 403, 429, 429, 429])
      expect(await type(username, PASSWORD)).toBe(429)
    }
    expect(await type('Alice ', PASSWORD)).toBe(429)
    await clock.jump(3_600_000)
    for (const password of ['wrong', 'wrong', PASSWORD, 'wrong', 'wrong', PASSWORD])
      expect(await type('alice', password)).toBe(password === PASSWORD ? 200 : 403)
    const hits = await server.store.read.selectFrom('hits').select('bucket').execute()
    expect(JSON.stringify(hits)).not.toMatch(/alice|nobody/)
  })

  it('holds nobody back for a stranger’s wrong passwords in a browser where they signed in, and tells of those once', async () => {
    const clock = new ManualClock()
    await using server = await startServer(engine, { clock, env: limits({ passwordsPerUser: { count: 3 } }) })
    const { parts } = server.running
    const { clientId = '' } = await addApplication(parts, { name: 'Harbour', redirectUris: [CALLBACK] })
    const people = ['alice', 'bob'] as const
    for (const username of people) await addUser(parts, { username, password: PASSWORD })
    const [alice, bob] = await Promise.all(people.map((username) => server.device(username)))
    await clock.advance(60_000)
    const type = async (browser: Browsing, username: string, password = PASSWORD) => {
      const page = await arrival(server, clientId, browser)
      return { ...page, status: (await page.post('password', { username, password })).status }
    }
    const shared = new Browsing()
    const signIn = async (username: string, device = alice) => {
      const { status, post } = await type(shared, username)
      return status === 200 ? post('passcode', { passcode: device?.passcode() }) : { status, cookies: [] }
    }
    const first = await signIn('alice')
    expect(first.cookies.join()).toMatch(/__Host-countersign-known=[^,]*HttpOnly; Secure; SameSite=Strict/i)
    // Alice stays known where Bob is made known too.
    expect(await signIn('bob', bob)).toMatchObject({ status: 200, cookies: [expect.stringContaining('known')] })

    const strangers = await Promise.all(Array.from({ length: 6 }, () => type(new Browsing(), 'alice', 'wrong')))
    expect(strangers.map(({ status }) => status).sort()).toEqual([403, 403, 403, 429, 429, 429])
    expect((await type(new Browsing(), 'alice')).status).toBe(429)
    expect((await type(shared, 'alice')).status).toBe(200)
    // What is known of one says nothing of another, and right ones there give strangers no more.
    expect((await type(new Browsing(), 'alice')).status).toBe(429)
    for (const answer of [403, 403, 403, 429]) expect((await type(shared, 'alice', 'wrong')).status).toBe(answer)
    await type(new Browsing(), 'nobody', 'wrong')

    const events = server.store.read.selectFrom('security_events').select(['user_id', 'detail'])
    const told = await events.where('kind', '=', 'passwords-limited').execute()
    expect(told).toEqual([{ user_id: await server.idOf('alice'), detail: expect.stringContaining('"count":3') }])

    const owner = await programOf(server, 'owner')
    await owner.call('POST', `/users/${await server.idOf('bob')}/sessions/revoke`, { reason: 'asked for' })
    await Promise.all(Array.from({ length: 3 }, () => type(new Browsing(), 'bob', 'wrong')))
    expect((await type(shared, 'bob')).status).toBe(429)
  })

  it('knows no browser of somebody whose sign-ins ended just as they were let in there', async () => {
    await using server = await startServer(engine, { clock: new ManualClock() })
    const { parts } = server.running
    const { clientId = '' } = await addApplication(parts, { name: 'Harbour', redirectUris: [CALLBACK] })
    const { id } = await addUser(parts, { username: 'alice', password: PASSWORD })
    const device = await server.device('alice')
    const [code] = await makeRecoveryCodes(parts, id, async () => {})
    const end = () => parts.store.write((tx) => endAccess(tx, parts, { user: id }))
    const signIn = async (call: string, typed: object) => {
      const { post } = await arrival(server, clientId)
      await post('password', { username: 'alice', password: PASSWORD })
      using _ = afterSignIn(parts.store, end)
      await post(call, typed)
    }
    await signIn('passcode', { passcode: device.passcode(device.token, server.now() + 30_000) })
    await signIn('recovery', { code })
    const signedIn = parts.store.read.selectFrom('audit').select('kind').where('kind', '=', 'signed-in')
    expect(await signedIn.execute()).toHaveLength(2)
    expect(await parts.store.read.selectFrom('known_places').selectAll().execute()).toEqual([])
  })

  it('counts wrong passwords against their address, and right ones against nobody else there', async () => {
    const clock = new ManualClock()
    await using server = await startServer(engine, { clock, env: limits({ signInsPerAddress: { count: 3 } }) })
    const { parts } = server.running
    const { clientId = '' } = await addApplication(parts, { name: 'Harbour', redirectUris: [CALLBACK] })
    const office = ['alice', 'bob', 'carol', 'dora', 'erin']
    for (const username of office) await addUser(parts, { username, password: PASSWORD })
    const { post } = await arrival(server, clientId)
    const type = async (username: string, password = PASSWORD) =>
      (await post('password', { username, password })).status
    for (const username of office) expect(await type(username)).toBe(200)
    const guesses = await Promise.all(Array.from({ length: 6 }, (_, n) => type(`nobody-${n}`, 'wrong')))
    expect(guesses.sort()).toEqual([403, 403, 403, 429, 429, 429])
    expect(await type('alice')).toBe(429)
    await clock.jump(60_000)
    for (const answer of [200, 200, 200, 429]) expect(await type('alice')).toBe(answer)
    expect(await type('bob')).toBe(200)
  })

  it('counts a network of IPv6 as one address', async () => {
    const env = { ...limits({ signInsPerAddress: { count: 3 } }), COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1/32' }
    await using server = await startServer(engine, { env, clock: new ManualClock() })
    const { clientId = '' } = await addApplication(server.running.parts, { name: 'Harbour', redirectUris: [CALLBACK] })
    const { post } = await arrival(server, clientId)
    const from = async (address: string) =>
      (await post('password', { username: `nobody-${address}`, password: 'wrong' }, { 'X-Forwarded-For': address }))
        .status
    for (const n of [1, 2, 3]) expect(await from(`2001:db8:1:2::${n}`)).toBe(403)
    expect(await from('2001:db8:1:2:3:4:5:6')).toBe(429)
    expect(await from('2001:db8:1:3::1')).toBe(403)
  })

  it('shows the notice that an operator has written, until it ends or is taken away', async () => {
    const clock = new ManualClock()
    await using server = await startServer(engine, { clock })
    const { parts } = server.running
    const { clientId = '' } = await addApplication(parts, { name: 'Harbour', redirectUris: [CALLBACK] })
    await addUser(parts, { username: 'alice', password: PASSWORD })
    const owner = await programOf(server, 'owner')
    const shown = async () => {
      const { post } = await arrival(server, clientId)
      const { text } = await post('password', { username: 'alice', password: PASSWORD })
      return (JSON.parse(text) as { notice?: string }).notice
    }
    const write = (body: object) => owner.call('PUT', '/sign-in-notice', body)
    expect(await shown()).toBeUndefined()
    expect((await write({ text: 'Deny what you did not start.', hours: 2 })).status).toBe(200)
    expect(await shown()).toBe('Deny what you did not start.')
    await clock.jump(2 * 3_600_000)
    expect(await shown()).toBeUndefined()
    expect((await owner.call('GET', '/sign-in-notice')).body).toEqual({ notice: null })
    const { body } = await write({ text: 'Our push service is ill.' })
    expect(body).toMatchObject({ notice: { text: 'Our push service is ill.', by: expect.any(String) } })
    expect(await shown()).toBe('Our push service is ill.')
    expect((await owner.call('DELETE', '/sign-in-notice')).status).toBe(204)
    expect(await shown()).toBeUndefined()
    expectInvalid(await write({ text: 'a\u202eb' }), '/text')
    const entries = await server.store.read
      .selectFrom('audit')
      .select('kind')
      .where('kind', 'like', 'sign-in-n%')
      .execute()
    expect(entries.map(({ kind }) => kind)).toEqual([
      'sign-in-notice-written',
      'sign-in-notice-written',
      'sign-in-notice-cleared',
    ])
  })

  it('does nothing for another site, and nothing by its address alone', async () => {
    await using server = await startServer(engine)
    const { parts } = server.running
    const { clientId = '' } = await addApplication(parts, { name: 'Harbour', redirectUris: [CALLBACK] })
    await addUser(parts, { username: 'alice', password: PASSWORD })
    const { post, page } = await arrival(server, clientId)
    const right = { username: 'alice', password: PASSWORD }
    for (const origin of ['https://elsewhere.example', 'null', '', `${server.wire.origin}.elsewhere.example`]) {
      const { status, text } = await post('password', right, { origin })
      expect([status, JSON.parse(text)]).toMatchObject([403, { type: 'urn:countersign:problem:cross-site' }])
    }
    for (const call of ['push', 'passcode', 'redeem', 'cancel', 'leave'])
      expect((await post(call, {}, { origin: 'https://elsewhere.example' })).status).toBe(403)
    const stranger = new Browsing()
    const state = await stranger.fetch(`${page}/api/state`)
    expect([state.status, await state.json()]).toMatchObject([409, { type: 'urn:countersign:problem:no-sign-in' }])
    expect((await post('password', right)).status).toBe(200)
  })
})

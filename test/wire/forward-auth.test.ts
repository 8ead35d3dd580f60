// /forward-auth: what a proxy is told, what it is not, and what a browser can't be made to do there.
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addApplication } from '../../server/applications/applications.ts'
import { Browsing } from '../support/browsing.ts'
import { ENGINES } from '../support/engines.ts'
import { MEASURES } from '../support/measures.ts'
import { LoginPage, someone as newcomer } from '../support/protected-site.ts'
import { GENEROUS, limits } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { operatorOf } from '../support/wire-operator.ts'

const PROXY = { COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1/32' }
const HTML = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }

describe.each(ENGINES)('forward authentication on %s', (engine) => {
  const calls = limits({ signInsPerAddress: { count: 10_000 }, requestsPerUser: { count: 100_000 } })
  const house = wireHouse(engine, { env: { ...GENEROUS, ...calls, ...PROXY } })
  /** In front of the wiki: hands /forward-auth/ on and answers the rest itself, as `wiki`. */
  let proxy: Server
  let wiki = ''
  let elsewhere = ''
  let application = ''

  beforeAll(async () => {
    proxy = createServer(async (asked, answer) => {
      const forwarded = { 'x-forwarded-host': asked.headers.host ?? '', 'x-forwarded-proto': 'http' }
      const headers = { ...asked.headers, ...forwarded }
      request({ host: '127.0.0.1', port: house.server.wire.port, path: asked.url, headers }, (from) => {
        answer.writeHead(from.statusCode ?? 0, from.headers)
        from.pipe(answer)
      }).end()
    })
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
    const { port } = proxy.address() as AddressInfo
    wiki = `http://localhost:${port}`
    elsewhere = `http://127.0.0.1:${port}`
    application = (await addApplication(house.server.running.parts, { name: 'Wiki', protectedSites: [wiki] })).id
  })
  afterAll(() => void proxy.close())

  /** Their first passcode went into the enrolment. */
  const someone = async () => {
    const person = await newcomer(house.server)
    await house.clock.advance(30_000)
    return person
  }
  const check = (browser: Browsing, headers: Record<string, string> = {}, site = wiki) =>
    browser.fetch(`${site}/forward-auth`, { headers })
  const begin = async (browser: Browsing, rd = '/page?a=1&b=2') => {
    const { url } = await browser.visit(`${wiki}/forward-auth/start?rd=${rd}`)
    return new LoginPage(browser, url)
  }
  /** Up to the address on the site that finishes it. */
  const code = async (browser: Browsing, page: LoginPage, person: Awaited<ReturnType<typeof newcomer>>) => {
    const response = await browser.fetch(await page.type(person))
    return response.headers.get('location') ?? ''
  }
  async function signedIn(rd?: string) {
    const browser = new Browsing()
    const person = await someone()
    const page = await begin(browser, rd)
    const finish = await code(browser, page, person)
    const { headers } = await browser.fetch(finish)
    return { browser, person, finish, back: headers.get('location') }
  }

  it('lets nobody in who has not signed in, and sends on only who opens a page', async () => {
    const browser = new Browsing()
    expect((await check(browser)).status).toBe(401)
    const uri = { 'x-forwarded-uri': '/page?a=1&b=2', 'x-forwarded-method': 'GET' }
    const page = await check(browser, { ...HTML, ...uri })
    expect([page.status, page.headers.get('location')]).toEqual([302, `${wiki}/forward-auth/start?rd=/page?a=1&b=2`])
    for (const other of [
      { ...HTML, ...uri, 'x-forwarded-method': 'POST' },
      { ...HTML, ...uri, 'sec-fetch-mode': 'cors' },
      { ...HTML, ...uri, 'sec-fetch-dest': 'iframe' },
      { ...HTML, ...uri, 'sec-purpose': 'prefetch' },
      { ...uri, accept: 'application/json' },
      { ...uri, accept: '*/*', upgrade: 'websocket' },
    ])
      expect((await check(browser, other)).status).toBe(401)
  })

  it('begins nothing for a hidden frame, nor for what is fetched ahead', async () => {
    const visits = () => house.server.store.read.selectFrom('site_visits').select('id').execute()
    const before = await visits()
    const start = (headers: Record<string, string>) =>
      new Browsing().fetch(`${wiki}/forward-auth/start?rd=/`, { headers: { ...HTML, ...headers } })
    for (const dest of ['iframe', 'frame', 'object', 'embed', 'fencedframe'])
      expect((await start({ 'sec-fetch-dest': dest, 'sec-fetch-site': 'cross-site' })).status).toBe(401)
    for (const ahead of ['prefetch', 'prefetch;prerender'])
      expect((await start({ 'sec-fetch-dest': 'document', 'sec-purpose': ahead })).status).toBe(401)
    expect(await visits()).toEqual(before)
    expect((await start({ 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' })).status).toBe(302)
  })

  it('after the sign-in says who it is, and the browser is back at its page', async () => {
    const { browser, person, back } = await signedIn()
    expect(back).toBe(`${wiki}/page?a=1&b=2`)
    const reply = await check(browser, { 'x-countersign-user': 'mallory' })
    expect(reply.status).toBe(204)
    const header = (name: string) =>
      Buffer.from(reply.headers.get(`x-countersign-${name}`) ?? '-', 'latin1').toString('utf8')
    expect([header('user'), header('name'), header('email'), header('groups')]).toEqual([
      person.username,
      'Alice Ångström',
      'alice@harbour.example',
      '',
    ])
    expect(header('user-id')).toMatch(/^usr_/)
  })

  it('asks the device in the application’s name, and no denial lets anybody in', async () => {
    const browser = new Browsing()
    const person = await someone()
    const page = await begin(browser)
    expect(await page.push(person, 'deny')).toMatchObject({ step: 'waiting', request: { state: 'denied' } })
    const again = await begin(browser)
    const view = await again.push(person, 'approve')
    expect(view).toMatchObject({ step: 'signed-in', application: 'Wiki' })
    expect((await check(browser)).status).toBe(401)
    await browser.visit(String(view.continueTo), `${wiki}/page`)
    expect((await check(browser)).status).toBe(204)
    const entries = await house.server.store.read.selectFrom('audit').select(['kind', 'application_id']).execute()
    expect(entries).toContainEqual({ kind: 'signed-in', application_id: application })
  })

  it('a code is good once, in the browser that began, for a minute', async () => {
    const { browser, finish } = await signedIn()
    const cookie = browser.cookiesFor(wiki)
    // The login page is on another port of the same host here, and cookies know no ports.
    expect(cookie).toEqual(['__Host-countersign-known', '__Host-countersign-session'])
    const again = await browser.fetch(finish)
    expect([again.headers.get('location'), again.headers.getSetCookie()]).toEqual([`${wiki}/`, []])

    const [thief, victim] = [new Browsing(), new Browsing()]
    const person = await someone()
    const stolen = await code(victim, await begin(victim), person)
    await thief.fetch(stolen)
    expect((await check(thief)).status).toBe(401)
    await house.clock.advance(60_000)
    await victim.fetch(stolen)
    expect((await check(victim)).status).toBe(401)
  })

  it('a link to a sign-in that somebody else began signs nobody in', async () => {
    const [attacker, victim] = [new Browsing(), new Browsing()]
    const person = await someone()
    const response = await attacker.fetch(`${wiki}/forward-auth/start?rd=/`, { headers: HTML })
    const link = response.headers.get('location') ?? ''
    const { url } = await victim.visit(link)
    const finish = await code(victim, new LoginPage(victim, url), person)
    await victim.visit(finish, `${wiki}/`)
    expect((await check(victim)).status).toBe(401)
    // Nor does the attacker, whose browser began it, without the code that the victim's was given.
    const visit = new URL(finish).searchParams.get('visit')
    for (const guess of ['', '&code=', '&code=guess'])
      await attacker.fetch(`${wiki}/forward-auth/finish?visit=${visit}${guess}`)
    expect((await check(attacker)).status).toBe(401)
    // And with what the victim did: that browser has been there already.
    const second = await attacker.visit(link)
    expect(await new LoginPage(attacker, second.url).state()).toMatchObject({
      type: 'urn:countersign:problem:no-sign-in',
    })
  })

  it('a sign-in for one visit is none for another, under whichever name its cookie is sent', async () => {
    const browser = new Browsing()
    const person = await someone()
    const [one, two] = [await begin(browser, '/one'), await begin(browser, '/two')]
    const [first, second] = [one, two].map(({ url }) => url.split('/').at(-1) ?? '')
    await one.type(person)
    const { origin } = house.server.wire
    const nameOf = (uid = '') => `__Host-countersign-${uid.slice(0, 12)}=`
    const cookie = browser.cookieFor(`${origin}/login`).replace(nameOf(first), nameOf(second))
    expect(cookie).toContain(nameOf(second))
    const asked = (path: string) => new Browsing().fetch(origin + path, { headers: { cookie } })
    expect((await asked(`/protected/arrive/${second}`)).headers.get('location')).toBe(`/login/${second}`)
    expect(await (await asked(`/login/${second}/api/state`)).json()).toMatchObject({ step: 'password' })
  })

  it('a code is of the site that began, and a session of the application that the site is of', async () => {
    const { parts } = house.server.running
    const begun = new Browsing()
    const finish = new URL(await code(begun, await begin(begun), await someone()))
    await addApplication(parts, { name: 'Third', protectedSites: ['https://third.example'] })
    const third = { 'x-forwarded-host': 'third.example', 'x-forwarded-proto': 'https' }
    const headers = { ...third, cookie: begun.cookieFor(wiki) }
    const path = finish.pathname + finish.search
    const shown = await new Browsing().fetch(house.server.wire.origin + path, { headers })
    expect([shown.headers.get('location'), shown.headers.getSetCookie()]).toEqual(['https://third.example/', []])
    await begun.fetch(finish.href)
    expect((await check(begun)).status).toBe(204)
    const move = (to: string) =>
      house.server.store.write((tx) =>
        tx
          .updateTable('protected_sites')
          .set({ application_id: to as never })
          .where('origin', '=', wiki)
          .execute(),
      )
    await move((await addApplication(parts, { name: 'Fourth' })).id)
    await house.clock.advance(2000)
    expect((await check(begun)).status).toBe(401)
    await move(application)
  })

  it('two tabs end in one session', async () => {
    const browser = new Browsing()
    const person = await someone()
    const [one, two] = [await begin(browser, '/one'), await begin(browser, '/two')]
    await browser.visit(await one.type(person), `${wiki}/one`)
    await house.clock.advance(60_000)
    await browser.visit(await two.type(person), `${wiki}/two`)
    expect((await check(browser)).status).toBe(204)
    const { headers } = await browser.fetch(`${wiki}/forward-auth/start?rd=/three`, { headers: HTML })
    expect(headers.get('location')).toBe(`${wiki}/three`)
  })

  it('a cookie is of one site only; a site that nobody added is refused', async () => {
    const { browser } = await signedIn()
    const answer = await check(browser, {}, elsewhere)
    expect([answer.status, await answer.json()]).toMatchObject([421, { type: 'urn:countersign:problem:wrong-host' }])
    const { parts } = house.server.running
    await addApplication(parts, { name: 'Other', protectedSites: ['https://other.example'] })
    const cookie = `__Host-countersign-session=${await secretOf(browser)}`
    const asOther = { cookie, 'x-forwarded-host': 'other.example', 'x-forwarded-proto': 'https' }
    const { wire } = house.server
    const asked = (headers: Record<string, string>) => new Browsing().fetch(`${wire.origin}/forward-auth`, { headers })
    expect((await asked(asOther)).status).toBe(401)
    const own = { ...asOther, 'x-forwarded-host': new URL(wiki).host, 'x-forwarded-proto': 'http' }
    expect((await asked(own)).status).toBe(204)
    for (const host of ['other.example, wiki.example', 'other.example/x', '', 'a@other.example'])
      expect((await asked({ ...asOther, 'x-forwarded-host': host })).status).toBe(421)
  })

  /** What a thief would copy: Browsing keeps it to itself, so it is read off the wire. */
  async function secretOf(browser: Browsing): Promise<string> {
    let seen = ''
    const spy = createServer((asked, answer) => {
      seen = /__Host-countersign-session=([^;]+)/.exec(asked.headers.cookie ?? '')?.[1] ?? ''
      answer.end()
    })
    await new Promise<void>((done) => spy.listen(0, '127.0.0.1', done))
    await browser.fetch(`http://localhost:${(spy.address() as AddressInfo).port}/`)
    spy.close()
    return seen
  }

  it('ends after an hour of silence, after twelve hours, and by signing out, which no other site can do', async () => {
    const { store } = house.server
    const [idle, long] = [await signedIn(), await signedIn()]
    const row = await store.read
      .selectFrom('site_sessions')
      .selectAll()
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()
    expect(row.expires_at - row.created_at).toBe(12 * 60 * 60_000)
    const set = (changes: object) =>
      store.write((tx) => tx.updateTable('site_sessions').set(changes).where('id', '=', row.id).execute())
    await house.clock.advance(2000)
    await set({ seen_at: house.clock.now() - 59 * 60_000 })
    expect((await check(long.browser)).status).toBe(204)
    await house.clock.advance(2000)
    await set({ seen_at: house.clock.now() - 60 * 60_000 })
    expect((await check(long.browser)).status).toBe(401)
    await set({ seen_at: house.clock.now(), expires_at: house.clock.now() })
    expect((await check(long.browser)).status).toBe(401)
    expect((await check(idle.browser)).status).toBe(204)

    const { browser } = await signedIn()
    const leave = (from: string) =>
      browser.fetch(`${wiki}/forward-auth/leave`, { headers: { ...HTML, 'sec-fetch-site': from } })
    expect((await leave('cross-site')).status).toBe(403)
    expect((await check(browser)).status).toBe(204)
    const left = await leave('same-origin')
    expect((await check(browser)).status).toBe(401)
    const { response } = await browser.visit(left.headers.get('location') ?? '')
    expect(await response.text()).toContain(`href="${wiki}/"`)
    const foreign = await browser.visit(`${house.server.wire.origin}/protected/left?site=https://evil.example`)
    expect(await foreign.response.text()).not.toContain('evil')
  })

  it('goes on while its pages are asked for, and for nobody who is not active here', async () => {
    const { browser, person } = await signedIn()
    for (const _time of [1, 2]) {
      await house.clock.jump(40 * 60_000)
      expect((await check(browser)).status).toBe(204)
    }
    // Whatever is left of the session.
    await house.server.store.write((tx) =>
      tx.updateTable('users').set({ state: 'suspended' }).where('username', '=', person.username).execute(),
    )
    await house.clock.advance(2000)
    expect((await check(browser)).status).toBe(401)
  })

  it('ends within two seconds for who is suspended, reports, loses the device or the group, or whose site goes', async () => {
    const operator = await operatorOf(house.server)
    const id = (username: string) => house.server.idOf(username)
    const edit = async (changes: object) => {
      const { body } = await operator.call<{ version: number }>('GET', `/applications/${application}`)
      const reply = await operator.call('PATCH', `/applications/${application}`, changes, {
        'if-match': `"${body.version}"`,
      })
      expect(said(reply)).toBe('200')
    }
    const endings: ((person: Awaited<ReturnType<typeof newcomer>>) => Promise<unknown>)[] = [
      async ({ username }) => operator.call('POST', `/users/${await id(username)}/suspend`, { reason: 'left' }),
      async ({ username, device }) => {
        const { shown } = await house.ask({ username, device })
        return device.decide(shown, 'report')
      },
      async ({ username }) => operator.call('DELETE', `/users/${await id(username)}`),
      () => edit({ groups: [] }),
      () => edit({ protectedSites: [] }),
    ]
    for (const [place, end] of endings.entries()) {
      const { browser, person } = await signedIn()
      expect((await check(browser)).status).toBe(204)
      await operator.confirm()
      await end(person)
      await house.clock.advance(2000)
      expect([place, (await check(browser)).status]).toEqual([place, place === 4 ? 421 : 401])
      await edit({ groups: null })
    }
    await edit({ protectedSites: [wiki] })
  })

  it.each(MEASURES)('nobody arrives who was held back, at neither of the two origins: %s', async (_name, take) => {
    const [away, back] = [new Browsing(), new Browsing()]
    const person = await someone()
    const held = await (await begin(away)).type(person)
    await house.clock.advance(30_000)
    const finish = await code(back, await begin(back), person)
    await take(house.server, person)
    await away.visit(held, wiki)
    await back.visit(finish, wiki)
    expect([(await check(away)).status, (await check(back)).status]).toEqual([401, 401])
  })

  it('is asked by proxies only, and a host with its sites belongs to one application', async () => {
    const { parts } = house.server.running
    const add = (...protectedSites: string[]) => addApplication(parts, { name: 'Copy', protectedSites })
    for (const site of [wiki, 'http://localhost:1'])
      await expect(add(site)).rejects.toMatchObject({
        members: { errors: { '/protectedSites/0': expect.any(String) } },
      })
    for (const site of ['http://wiki.example', 'https://wiki.example/', 'https://wiki.example/path', 'wiki.example'])
      await expect(add(site)).rejects.toMatchObject({ slug: 'invalid' })
  })
})

describe('without a trusted proxy', () => {
  const house = wireHouse('sqlite')
  it('nobody is believed who names a site', async () => {
    await addApplication(house.server.running.parts, { name: 'Wiki', protectedSites: ['https://wiki.example'] })
    const headers = { 'x-forwarded-host': 'wiki.example', 'x-forwarded-proto': 'https' }
    const reply = await new Browsing().fetch(`${house.server.wire.origin}/forward-auth`, { headers })
    expect([reply.status, await reply.json()]).toMatchObject([
      421,
      { detail: expect.stringContaining('COUNTERSIGN_TRUSTED_PROXIES') },
    ])
  })
})

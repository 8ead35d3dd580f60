// A web site without a login of its own behind a real proxy, and what happens to somebody who opens a page of it.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addApplication } from '../../server/applications/applications.ts'
import { Browsing } from './browsing.ts'
import type { ForeignProgram } from './foreign-program.ts'
import { freePort } from './free-port.ts'
import { inGroups } from './in-groups.ts'
import { oddName } from './odd-name.ts'
import { LoginPage, someone } from './protected-site.ts'
import { GENEROUS, limits } from './server.ts'
import { type WireHouse, wireHouse } from './wire-house.ts'

/** Ports of the loopback address. */
export type Around = { site: number; wiki: number; countersign: number }

const NAVIGATION = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }
const MINUTE = 60_000

/** @param start the proxy, as its page of the docs says */
export function proxyStory(start: (around: Around) => Promise<ForeignProgram>): void {
  const env = { COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1/32' }
  const calls = limits({ signInsPerAddress: { count: 1000 }, requestsPerUser: { count: 100_000 } })
  const house: WireHouse = wireHouse('sqlite', { env: { ...GENEROUS, ...calls, ...env } })
  let wiki: Server
  let proxy: ForeignProgram
  let site = ''
  /** of the last call that reached the wiki */
  let seen: IncomingHttpHeaders = {}

  beforeAll(async () => {
    wiki = createServer((asked, answer) => {
      seen = asked.headers
      answer.end(`wiki ${asked.method} ${asked.url}`)
    })
    await new Promise<void>((done) => wiki.listen(0, '127.0.0.1', done))
    const ports = { site: await freePort(), wiki: (wiki.address() as AddressInfo).port }
    // Cookies know no ports: this server is `localhost`, the site another host.
    site = `http://127.0.0.1:${ports.site}`
    await addApplication(house.server.running.parts, { name: 'Wiki', protectedSites: [site] })
    proxy = await start({ ...ports, countersign: house.server.wire.port })
  })
  afterAll(async () => {
    await proxy?.stop()
    wiki.close()
  })

  /** A browser that opened a page of the site, and somebody at it. */
  async function opened(path = '/page?a=1&b=%20x', name?: string) {
    const browser = new Browsing()
    const person = await someone(house.server, name)
    await house.clock.advance(MINUTE)
    const { url, hops } = await browser.visit(site + path)
    expect(hops.at(-1)).toMatch(/^http:\/\/localhost:\d+\/login\/site-/)
    return { browser, person, page: new LoginPage(browser, url) }
  }
  /** All that the site was told of who it is: UTF-8, as the bytes of it came. */
  const told = () =>
    Object.fromEntries(
      Object.entries(seen)
        .filter(([name]) => name.startsWith('x-countersign-'))
        .map(([name, value]) => [name.replace('x-countersign-', ''), Buffer.from(String(value), 'latin1').toString()]),
    )
  const get = async (browser: Browsing, path: string, init: RequestInit = {}) => {
    const response = await browser.fetch(site + path, { headers: NAVIGATION, ...init })
    return { status: response.status, text: await response.text(), location: response.headers.get('location') }
  }

  it('Approve leads back to the page asked for, and the site learns who it is from the proxy alone', async () => {
    const { browser, person, page } = await opened()
    await inGroups(house.server, person.username, ['Küche', 'Hafen, Süd'])
    const { continueTo } = await page.push(person, 'approve')
    const { url, response } = await browser.visit(String(continueTo))
    expect([url, await response.text()]).toEqual([`${site}/page?a=1&b=%20x`, 'wiki GET /page?a=1&b=%20x'])
    const forged = { 'x-countersign-user': 'admin', 'x-countersign-groups': 'admins', 'x-countersign-user-id': 'usr_0' }
    // As CGI, WSGI and PHP read it, that is the same name.
    const otherwise = { x_countersign_groups: 'admins', 'x-countersign_user': 'admin', X_Countersign_User_Id: 'usr_0' }
    const headers = { ...forged, ...otherwise }
    expect(await get(browser, '/admin', { headers })).toMatchObject({ status: 200, text: 'wiki GET /admin' })
    expect(Object.keys(seen).filter((name) => /x_|countersign_/i.test(name))).toEqual([])
    expect(told()).toEqual({
      user: person.username,
      'user-id': await house.server.idOf(person.username),
      name: 'Alice Ångström',
      email: 'alice@harbour.example',
      groups: 'Hafen%2C Süd,Küche',
    })
    const post = { method: 'POST', body: 'text', headers: { 'content-type': 'text/plain' } }
    expect(await get(browser, '/save', post)).toMatchObject({ status: 200, text: 'wiki POST /save' })
  })

  it('Deny, and no answer until the end, let nobody in', async () => {
    const { browser, person, page } = await opened()
    expect(await page.push(person, 'deny')).toMatchObject({ request: { state: 'denied' } })
    await page.post('push', { seen: 'denied' })
    await house.clock.advance(2 * MINUTE)
    expect(await page.state()).toMatchObject({ step: 'waiting', request: { state: 'expired' } })
    expect((await get(browser, '/page')).status).toBe(302)
  })

  it('a typed passcode leads in, until the person signs out', async () => {
    const { browser, person, page } = await opened('/')
    await browser.visit(await page.type(person), `${site}/page`)
    expect((await get(browser, '/page')).text).toBe('wiki GET /page')
    const left = await get(browser, '/forward-auth/leave')
    expect(left.location).toMatch(/^http:\/\/localhost:\d+\/protected\/left/)
    expect((await get(browser, '/page')).location).toContain('/forward-auth/start?rd=/page')
  })

  it('a name of brackets, quotes and umlauts is typed in either spelling, and comes to the site as it is here', async () => {
    const { browser, person, page } = await opened('/', oddName())
    const typed = { ...person, username: person.username.normalize('NFD') }
    await browser.visit(await page.type(typed), `${site}/page`)
    expect((await get(browser, '/page')).status).toBe(200)
    expect(Buffer.from(String(seen['x-countersign-user']), 'latin1').toString()).toBe(person.username)
  })

  it('scripts, and pages that keep a line open, are answered 401 and not sent away', async () => {
    const browser = new Browsing()
    const script = { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
    const { hops, response } = await follow(browser, '/data.json', script)
    expect([hops.length <= 1, response.status]).toEqual([true, 401])
    const headers = { connection: 'upgrade', upgrade: 'websocket', 'sec-fetch-mode': 'websocket' }
    expect((await follow(browser, '/socket', headers)).response.status).toBe(401)
  })

  it('who is signed in to another site is not let in here by naming that one', async () => {
    const { lunch, cookie, close } = await signedInElsewhere()
    const { port } = new URL(site)
    seen = {}
    for (const path of ['/secret', `${site}/secret`]) {
      const headers = { ...NAVIGATION, cookie, host: new URL(lunch).host }
      const call = request({ host: '127.0.0.1', port, path, headers }).end()
      const [answer] = (await once(call, 'response')) as [IncomingMessage]
      answer.resume()
      expect([path, answer.headers.location ?? '', seen]).toEqual([path, expect.not.stringContaining(lunch), {}])
    }
    close()
  })

  /** At a site of another application, whose proxy says rightly which one it is. */
  async function signedInElsewhere() {
    const { port } = house.server.wire
    const proxy = createServer((asked, answer) => {
      const forwarded = { 'x-forwarded-host': asked.headers.host ?? '', 'x-forwarded-proto': 'http' }
      const headers = { ...asked.headers, ...forwarded }
      request({ host: '127.0.0.1', port, path: asked.url, headers }, (from) => {
        answer.writeHead(from.statusCode ?? 0, from.headers)
        from.pipe(answer)
      }).end()
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const lunch = `http://localhost:${(proxy.address() as AddressInfo).port}`
    await addApplication(house.server.running.parts, { name: 'Lunch', protectedSites: [lunch] })
    const browser = new Browsing()
    const person = await someone(house.server)
    await house.clock.advance(MINUTE)
    const { url } = await browser.visit(`${lunch}/forward-auth/start?rd=/`)
    await browser.visit(await new LoginPage(browser, url).type(person))
    const { status, headers } = await browser.fetch(`${lunch}/forward-auth`)
    expect([status, headers.get('x-countersign-user')]).toEqual([204, person.username])
    return { lunch, cookie: browser.cookieFor(lunch), close: () => void proxy.close() }
  }

  /** nginx sends every call to where the sign-in begins, which then says no. */
  async function follow(browser: Browsing, path: string, headers: Record<string, string>) {
    const response = await browser.fetch(site + path, { headers })
    const next = response.headers.get('location')
    if (!next) return { hops: [], response }
    return { hops: [next], response: await browser.fetch(new URL(next, site).href, { headers }) }
  }
}

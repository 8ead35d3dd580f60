// Debian's Apache with mod_auth_openidc, set up by the block of docs/integrate/openid-connect.md.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addApplication } from '../../server/applications/applications.ts'
import { Browsing } from '../support/browsing.ts'
import { type ForeignProgram, startProgram } from '../support/foreign-program.ts'
import { freePort } from '../support/free-port.ts'
import { blocksOf } from '../support/page-blocks.ts'
import { alice, confirm, type Doing, LoginPage, nobodyAnswers, type Person } from '../support/relying-party.ts'
import { GENEROUS, startServer, type TestServer } from '../support/server.ts'

const MODULES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'auth_openidc']

let server: TestServer
let apache: ForeignProgram
let folder: string
let site: string
let who: Person

beforeAll(async () => {
  const port = await freePort()
  site = `http://localhost:${port}`
  server = await startServer('sqlite', { env: { ...GENEROUS, COUNTERSIGN_WEBHOOK_ORIGINS: site } })
  const { parts } = server.running
  who = await alice(server)
  const redirectUris = [`${site}/protected/callback`]
  const client = {
    postLogoutRedirectUris: [`${site}/`],
    backchannelLogoutUri: `${site}/protected/callback?logout=backchannel`,
  }
  const { clientId = '', clientSecret = '' } = await addApplication(parts, { name: 'Wiki', redirectUris, client })
  folder = await mkdtemp(join(tmpdir(), 'countersign-apache-'))
  // It answers as a user of its own.
  await chmod(folder, 0o755)
  await mkdir(join(folder, 'www/protected'), { recursive: true })
  await writeFile(join(folder, 'www/index.html'), 'the front page')
  await writeFile(join(folder, 'www/protected/index.html'), 'the wiki')
  const [block = ''] = blocksOf('openid-connect.md', 'apache', {
    'https://login.example.org': server.wire.origin,
    'https://wiki.example.org': site,
    'app_…': clientId,
    'css_…': clientSecret,
  })
  const modules = MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  const own = [
    `ServerRoot ${folder}`,
    'User www-data',
    'Group www-data',
    'ServerName localhost',
    `Listen 127.0.0.1:${port}`,
    `PidFile ${folder}/pid`,
    `DefaultRuntimeDir ${folder}`,
    'ErrorLog "|/bin/cat"',
    `LogLevel notice`,
    `DocumentRoot ${folder}/www`,
    'DirectoryIndex index.html',
    // Plain http, on this machine only: everywhere else cookies stay as they are.
    'OIDCCookieSameSite Off',
  ]
  await writeFile(join(folder, 'apache.conf'), [...modules, ...own, block].join('\n'))
  const args = ['-D', 'FOREGROUND', '-f', join(folder, 'apache.conf')]
  apache = await startProgram('apache2', args, { cwd: folder, ready: /resuming normal operations/ })
})
afterAll(async () => {
  await apache?.stop()
  await server.close()
  await rm(folder, { recursive: true })
})

/** A browser at the site, as far as the login page. */
async function arrive() {
  const browser = new Browsing()
  const { url } = await browser.visit(`${site}/protected/`)
  expect(url.startsWith(`${server.wire.origin}/login/`)).toBe(true)
  const login = new LoginPage(server.wire.origin, url, browser)
  await login.post('password', who)
  return { browser, login }
}

async function finish(doing: Doing) {
  const { browser, login } = await arrive()
  await confirm(login, who.device, doing)
  const { continueTo = '' } = await login.state()
  const { url, response } = await browser.visit(continueTo)
  return { url, status: response.status, text: await response.text() }
}

it('lets in whoever approves on their device', async () => {
  expect(await finish('approve')).toEqual({ url: `${site}/protected/`, status: 200, text: 'the wiki' })
})

it('lets in whoever types a passcode', async () => {
  const passcode = who.device.passcode(who.device.token, Date.now() + 30_000)
  expect(await finish({ passcode })).toMatchObject({ url: `${site}/protected/`, status: 200 })
})

it('keeps out whoever denies, whoever does not answer in time, and whoever does nothing', async () => {
  for (const state of ['denied', 'expired']) {
    const { login, browser } = await arrive()
    if (state === 'denied') await confirm(login, who.device, 'deny')
    else await nobodyAnswers(server, login)
    expect((await login.state()).request?.state).toBe(state)
    expect((await login.state()).continueTo).toBeUndefined()
    const { body } = await login.post('leave', {})
    const back = await browser.visit(body.continueTo ?? '')
    expect(await back.response.text()).not.toContain('the wiki')
  }
  const idle = await arrive()
  await idle.login.post('push', { seen: null })
  expect((await idle.login.state()).request?.state).toBe('pending')
  const { url } = await idle.browser.visit(`${site}/protected/`)
  expect(url.startsWith(`${server.wire.origin}/login/`)).toBe(true)
})

/** Somebody in the wiki. */
async function signedIn() {
  const { login, browser } = await arrive()
  const shown = await confirm(login, who.device, 'approve')
  const { continueTo = '' } = await login.state()
  const inside = await browser.visit(continueTo)
  expect(await inside.response.text()).toBe('the wiki')
  return { browser, shown }
}

it('signs out by the way of Apache, and back to its front page', async () => {
  const { browser } = await signedIn()
  const { url, hops, response } = await browser.visit(
    `${site}/protected/callback?logout=${encodeURIComponent(`${site}/`)}`,
  )
  expect([url, await response.text()]).toEqual([`${site}/`, 'the front page'])
  expect(hops[0]).toMatch(new RegExp(`^${server.wire.origin}/oidc/session/end\\?.*id_token_hint=`))
  expect((await browser.visit(`${site}/protected/`)).url).toContain('/login/')
})

it('is out at Apache as soon as the sign-in is reported, and nobody else is', async () => {
  const { browser, shown } = await signedIn()
  const other = await signedIn()
  expect((await who.device.decide(shown, 'report')).status).toBe(200)
  const at = async ({ browser }: { browser: Browsing }) => (await browser.visit(`${site}/protected/`)).url
  await expect.poll(() => at({ browser }), { timeout: 10_000 }).toContain('/login/')
  expect(await at(other)).toBe(`${site}/protected/`)
})

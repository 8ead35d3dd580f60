// A web site in Python, with Flask and Authlib: a client of OpenID Connect that shares no line with ours.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addApplication } from '../../server/applications/applications.ts'
import { Browsing } from '../support/browsing.ts'
import { freePort } from '../support/free-port.ts'
import { type Program, start } from '../support/program.ts'
import { PYTHON } from '../support/python.ts'
import { alice, confirm, LoginPage, nobodyAnswers, type Person } from '../support/relying-party.ts'
import { GENEROUS, startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let program: Program
let site: string
let who: Person

beforeAll(async () => {
  server = await startServer('sqlite', { env: GENEROUS })
  const { parts } = server.running
  who = await alice(server)
  const port = await freePort()
  site = `http://127.0.0.1:${port}`
  const added = await addApplication(parts, { name: 'Harbour', redirectUris: [`${site}/callback`] })
  const args = [join(import.meta.dirname, 'oidc-authlib.py'), String(port), `${server.wire.origin}/oidc`]
  const env = { HOME: tmpdir(), NO_PROXY: '*' }
  program = start(PYTHON, [...args, added.clientId ?? ''], { input: added.clientSecret ?? '', env })
  await program.says(/Running on/)
})
afterAll(async () => {
  await program[Symbol.asyncDispose]()
  await server.close()
})

/** A browser at the site, past the password. */
async function arrive() {
  const browser = new Browsing()
  const { url } = await browser.visit(`${site}/`)
  expect(url.startsWith(`${server.wire.origin}/login/`)).toBe(true)
  const login = new LoginPage(server.wire.origin, url, browser)
  await login.post('password', who)
  return { browser, login }
}
type Arrived = Awaited<ReturnType<typeof arrive>>

async function back({ browser, login }: Arrived) {
  const { continueTo } = await login.state()
  const { body } = continueTo === undefined ? await login.post('leave', {}) : { body: { continueTo } }
  const { response } = await browser.visit(body.continueTo ?? '')
  return response.text()
}

it('signs in whoever approves on their device', async () => {
  const arrived = await arrive()
  await confirm(arrived.login, who.device, 'approve')
  expect(await back(arrived)).toBe('signed in as alice, urn:countersign:acr:push')
  const { response } = await arrived.browser.visit(`${site}/`)
  expect(await response.text()).toContain('signed in as alice')
})

it('signs in whoever types a passcode', async () => {
  const arrived = await arrive()
  const passcode = who.device.passcode(who.device.token, Date.now() + 30_000)
  await confirm(arrived.login, who.device, { passcode })
  expect(await back(arrived)).toBe('signed in as alice, urn:countersign:acr:passcode')
})

it.each(['denied', 'expired'])('signs in nobody whose request is %s', async (state) => {
  const arrived = await arrive()
  if (state === 'denied') await confirm(arrived.login, who.device, 'deny')
  else await nobodyAnswers(server, arrived.login)
  expect((await arrived.login.state()).request?.state).toBe(state)
  expect(await back(arrived)).toBe('not signed in: access_denied')
})

it('takes no answer that another browser was given', async () => {
  const arrived = await arrive()
  await confirm(arrived.login, who.device, 'approve')
  const callback = await arrived.login.goOn(`${site}/callback`)
  const { response } = await new Browsing().visit(callback.href)
  expect(response.status).not.toBe(200)
  expect(await response.text()).not.toContain('signed in as')
})

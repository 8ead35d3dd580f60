// The malicious page in another tab: what a site of somebody else's can do with the addresses of ours.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrowserContext, Page } from '@playwright/test'
import { keysIn } from './app-store.ts'
import { expect } from './house.ts'
import { sheet } from './phone.ts'
import { test as base, SignIn } from './sign-in.ts'
import { witness } from './witness.ts'

/** On `localhost` too: to cookies it is the same site, so that it is the origin which has to be looked at. */
const test = base.extend<{ foreign: { origin: string } }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its pattern
  foreign: async ({}, use) => {
    const server = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Prizes</title>'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    await use({ origin: `http://localhost:${(server.address() as AddressInfo).port}` })
    server.closeAllConnections()
    server.close()
  },
})

async function visit(context: BrowserContext, { origin }: { origin: string }): Promise<Page> {
  const page = await context.newPage()
  await page.goto(origin)
  return page
}

/** The foreign page opens a window, which the browser lets it do. */
async function opensFrom(page: Page, url: string): Promise<Page> {
  const [opened] = await Promise.all([
    page.context().waitForEvent('page'),
    page.evaluate((to) => void window.open(to), url),
  ])
  await opened.waitForLoadState()
  return opened
}

const TRICKS = ['', '?approve=1&action=approve&verdict=approve&intent=approve', '#approve', '/approve', '?action=deny']

test('any page may open /requests/<id>, whatever it adds to the address: nothing is decided', async ({
  enrolledPhone,
  harbour,
  person,
  foreign,
}) => {
  const phone = await enrolledPhone({ approval: 'enhanced', numberMatching: false })
  const asked = await harbour.ask(person.username)
  await phone.asked()
  const trap = await visit(phone.browser.context, foreign)
  for (const trick of TRICKS) {
    const app = await opensFrom(trap, `${phone.origin}/requests/${asked.id}${trick}`)
    if (trick !== '/approve')
      await expect(sheet(app).getByRole('heading', { name: 'Are you signing in?' })).toBeVisible()
    await expect.poll(() => keysIn(app, 'intents')).toEqual([])
    // Neither page can reach the other.
    expect(await app.evaluate(() => window.opener)).toBeNull()
    await app.close()
  }
  expect(phone.requested.filter((url) => url.endsWith('/device/v1/decisions'))).toEqual([])
  expect((await harbour.read(asked.id)).body).toMatchObject({ state: 'pending', version: expect.any(Number) })
})

test('framing: neither the login page nor the authenticator comes up inside another page', async ({
  enrolledPhone,
  harbour,
  person,
  site,
  computers,
  foreign,
}) => {
  const phone = await enrolledPhone()
  const computer = await computers.newContext()
  const signIn = await SignIn.at(site, computer)
  const { id } = await harbour.ask(person.username)
  const login = signIn.page.url()
  for (const [context, addresses] of [
    [computer, [login, `${new URL(login).origin}/oidc/auth`, `${new URL(login).origin}/console/`]],
    [phone.browser.context, ['/', `/requests/${id}`, '/enrol', '/settings'].map((path) => phone.origin + path)],
  ] as const) {
    const trap = await visit(context, foreign)
    for (const address of addresses) await trap.evaluate(frameIn, address)
    const [, ...frames] = trap.frames()
    expect(frames).toHaveLength(addresses.length)
    for (const frame of frames) expect(frame.url()).toMatch(/^chrome-error:/)
    await trap.close()
  }
  await computer.close()
})

/** Runs in the page. */
function frameIn(src: string): Promise<void> {
  return new Promise((resolve) => {
    const frame = document.createElement('iframe')
    frame.addEventListener('load', () => resolve())
    frame.src = src
    document.body.append(frame)
  })
}

test('cross-origin posts: a page in another tab can’t type a password, ask, cancel or leave in the visitor’s name', async ({
  enrolledPhone,
  person: { username },
  computers,
  site,
  foreign,
}) => {
  await enrolledPhone()
  const context = await computers.newContext()
  const signIn = await (await (await SignIn.at(site, context)).as(username)).push()
  const number = await signIn.number()
  for (const call of ['password', 'push', 'cancel', 'leave', 'redeem', 'passcode']) {
    const trap = await visit(context, foreign)
    const url = `${signIn.page.url()}/api/${call}`
    const [response] = await Promise.all([trap.waitForResponse(url), trap.evaluate(submitForm, url)])
    expect([call, response.status()]).toEqual([call, 403])
    // It is not for want of the visitor's cookies.
    expect((await response.request().allHeaders()).cookie).toContain('__Host-countersign-')
    await trap.close()
  }
  await expect(signIn.heading('Answer on your device')).toBeVisible()
  expect(await signIn.number()).toBe(number)
  await context.close()
})

/** A form goes anywhere without asking first, with the visitor's cookies. Runs in the page. */
function submitForm(url: string): void {
  const form = document.createElement('form')
  form.method = 'post'
  form.enctype = 'text/plain'
  form.action = url
  form.innerHTML = '<input name="{&quot;seen&quot;:&quot;pending&quot;,&quot;x&quot;:&quot;" value="&quot;}">'
  document.body.append(form)
  form.submit()
}

test('a planted cookie is worth nothing: it opens no sign-in, and the right password makes another', async ({
  person: { username },
  site,
  computer,
  installation,
}) => {
  const signIn = await SignIn.at(site, computer)
  const interaction = new URL(signIn.page.url()).pathname.split('/').at(-1) ?? ''
  const planted = { name: `__Host-countersign-${interaction.slice(0, 12)}`, value: 'planted-by-somebody-else' }
  // Cookies know no port, and to browsers `localhost` is as safe as https.
  await computer.addCookies([{ ...planted, url: 'https://localhost/', secure: true, sameSite: 'Strict' }])
  await signIn.page.reload()
  await expect(signIn.heading('Sign in to Harbour')).toBeVisible()
  await signIn.as(username)
  const cookies = await computer.cookies(installation.publicOrigin)
  const given = cookies.find(({ name }) => name === planted.name)
  expect(given?.value).not.toBe(planted.value)
  expect(given).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict', path: '/' })
})

test('the address of a sign-in opens nothing in another browser', async ({ person, site, computer, computers }) => {
  const signIn = await (await SignIn.at(site, computer)).as(person.username)
  const other = await computers.newContext()
  const page = await other.newPage()
  await page.goto(signIn.page.url())
  await expect(page.getByText(person.username)).toBeHidden()
  await expect(page.getByLabel('Password')).toBeHidden()
  await other.close()
})

test('the authenticator asks nobody but its own origin for anything, and breaks no policy of its own', async ({
  newPhone,
  link,
  harbour,
  person,
}) => {
  const phone = await newPhone()
  const seen = await witness(phone.browser.context)
  const app = await phone.enrol(await link())
  await harbour.ask(person.username)
  await phone.asked()
  for (const path of ['/', '/history', '/settings']) await app.goto(phone.origin + path)
  await expect(app.getByRole('heading', { name: 'Settings' })).toBeVisible()
  expect(seen.requested.length).toBeGreaterThan(10)
  expect(seen.elsewhere(phone.origin)).toEqual([])
  expect(seen.complaints).toEqual([])
})

test('a script that should not be there, inside our own pages: it makes no markup, loads no script and sends nothing away', async ({
  newPhone,
  site,
  computers,
}) => {
  const computer = await computers.newContext()
  const phone = await newPhone()
  for (const [context, open] of [
    [computer, async () => (await SignIn.at(site, computer)).page],
    [phone.browser.context, () => phone.open()],
  ] as const) {
    const seen = await witness(context)
    const page = await open()
    expect(seen.complaints).toEqual([])
    expect(await page.evaluate(tries)).toEqual({
      markup: 'TypeError',
      script: 'TypeError',
      inline: 'not run',
      elsewhere: 'TypeError',
    })
    // And whoever watches would have seen it, had a page of ours done so by itself.
    await expect.poll(() => seen.complaints).toHaveLength(4)
  }
  await computer.close()
})

/** Runs in a page. */
async function tries() {
  const outcome = (attempt: () => void) => {
    try {
      attempt()
      return 'done'
    } catch (error) {
      return (error as Error).name
    }
  }
  const script = document.createElement('script')
  script.append('globalThis.ran = true')
  document.head.append(script)
  return {
    markup: outcome(() => {
      document.createElement('div').innerHTML = '<img src=x>'
    }),
    script: outcome(() => {
      document.createElement('script').src = 'https://elsewhere.example/x.js'
    }),
    inline: 'ran' in globalThis ? 'run' : 'not run',
    elsewhere: await fetch('https://elsewhere.example/').then(
      () => 'sent',
      (error: Error) => error.name,
    ),
  }
}

// A token comes to a device: by link, by scan or by hand, in steps that can be left at any moment.
import type { Locator, Page } from '@playwright/test'
import { encode } from 'uqr'
import { modulesPath } from '../../client/ui/modules-path.ts'
import { addVirtualAuthenticator } from '../support/virtual-authenticator.ts'
import { addPerson, expect, linkFor, PASSWORD, test, tokensOf } from './house.ts'
import { walkThrough } from './phone.ts'

const BAD_CODE = 'Code wrong, used or expired. Ask for a new one.'
const YOU = /^Add a token for .* at Harbour\?$/
const INSTALL = 'Put this on your home screen'
const NOTIFICATIONS = 'Let requests reach you'
const UNLOCK = 'Lock this token to you'
const ACTIVATE = '**/device/v1/enrolments/activate'

function heading(page: Page, name: string | RegExp): Locator {
  return page.getByRole('heading', { name })
}

function press(page: Page, name: string): Promise<void> {
  return page.getByRole('button', { name, exact: true }).click()
}

/** Which step the progress line says this is; the browser's offer to install comes a moment after the page. */
async function expectStep(page: Page, step: string, all: string[]): Promise<void> {
  await expect(page.getByRole('list', { name: `Step ${all.indexOf(step) + 1} of ${all.length}` })).toBeVisible()
  await expect(page.getByRole('listitem').and(page.locator('[aria-current=step]'))).toHaveText(step)
}

function codeOf(activationUrl: string): string {
  return new URL(activationUrl).hash.slice(1)
}

const STEPS = ['You', 'Install', 'Notifications', 'Unlock']

test('an activation link in a browser: four steps, and a notification that shows that it works', async ({
  newPhone,
  link,
  person,
}) => {
  const [phone, activationUrl] = await Promise.all([newPhone(), link({ unlock: 'webauthn', numberMatching: false })])
  const page = await phone.open()
  await addVirtualAuthenticator(page)
  await page.goto(activationUrl)

  await expect(heading(page, `Add a token for ${person.username} at Harbour?`)).toBeVisible()
  await expect(page.getByText('Unlock with fingerprint, face or screen lock')).toBeVisible()
  await expectStep(page, 'You', STEPS)
  // The code does not stay in the address, where screens, history and extensions see it.
  expect(page.url()).toBe(`${phone.origin}/enrol`)
  await press(page, 'Add this token')

  await expect(heading(page, INSTALL)).toBeVisible()
  await expectStep(page, 'Install', STEPS)
  await press(page, 'Not now')

  await expect(heading(page, NOTIFICATIONS)).toBeVisible()
  await expectStep(page, 'Notifications', STEPS)
  await press(page, 'Allow notifications')

  await expect(heading(page, UNLOCK)).toBeVisible()
  await expectStep(page, 'Unlock', STEPS)
  await press(page, 'Set up unlock')

  await phone.told('Notifications work on this device.')
  await expect(heading(page, 'It works.')).toBeVisible()
  await press(page, 'Done')
  await expect(heading(page, 'Your codes')).toBeVisible()
  await expect(page.getByText(`${person.username} · Harbour`)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()
  expect(phone.requested.filter((url) => url.includes(codeOf(activationUrl)))).toEqual([])
})

test('each step can be left and taken up again, in the same page and in another', async ({ newPhone, link }) => {
  const [phone, activationUrl] = await Promise.all([newPhone(), link({ unlock: 'webauthn', numberMatching: false })])
  let page = await phone.open(activationUrl.slice(phone.origin.length))

  const leaveAndReturn = async (title: string | RegExp) => {
    await expect(heading(page, title)).toBeVisible()
    await page.reload()
    await expect(heading(page, title)).toBeVisible()
    await page.close()
    page = await phone.open()
    await expect(page.getByText('You were adding a token for')).toBeVisible()
    await page.getByRole('button', { name: 'Finish it' }).click()
    await expect(heading(page, title)).toBeVisible()
  }

  await leaveAndReturn(YOU)
  await expectStep(page, 'You', STEPS)
  await press(page, 'Add this token')
  await leaveAndReturn(INSTALL)
  await press(page, 'Not now')
  await leaveAndReturn(NOTIFICATIONS)
  await press(page, 'Allow notifications')
  await leaveAndReturn(UNLOCK)
  await addVirtualAuthenticator(page)
  await press(page, 'Set up unlock')
  await expect(heading(page, 'It works.')).toBeVisible()
  // The step is over, and so is the enrolment.
  await page.reload()
  await expect(page.getByLabel('Activation code')).toBeVisible()
  await page.goto(phone.origin)
  await expect(heading(page, 'Your codes')).toBeVisible()
})

test('the passkey of a token is made once, though the page is left before the token is there', async ({
  newPhone,
  link,
}) => {
  const [phone, activationUrl] = await Promise.all([newPhone(), link({ unlock: 'webauthn', numberMatching: false })])
  const page = await phone.open()
  const authenticator = await addVirtualAuthenticator(page)
  await page.route(ACTIVATE, (route) => route.abort())
  await page.goto(activationUrl)
  await walkThrough(page)
  await press(page, 'Set up unlock')
  await expect(page.getByRole('alert')).toHaveText(
    'The server can’t be reached. Check your connection, then try again.',
  )
  await page.unroute(ACTIVATE)
  await page.reload()
  await press(page, 'Set up unlock')
  await expect(heading(page, 'It works.')).toBeVisible()
  expect(await authenticator.credentialCount()).toBe(1)
})

test('a code typed by hand: spaces, dashes, capitals, o for 0, i and l for 1', async ({ newPhone, link, person }) => {
  const [phone, code] = await Promise.all([newPhone(), codeWith(link, /0.*1|1.*0/)])
  const groups = code.match(/.{1,4}/g) ?? []
  const spellings = [
    code,
    code.toUpperCase(),
    groups.join(' '),
    ` ${groups.join('-')} `,
    groups.join(' – '),
    code.replaceAll('0', 'O').replaceAll('1', 'l'),
    code.toUpperCase().replaceAll('0', 'o').replaceAll('1', 'I'),
    `${phone.origin}/enrol#${code}`,
  ]
  const page = await phone.open()
  await expect(heading(page, 'Approve your sign-ins here.')).toBeVisible()
  for (const spelling of spellings) {
    await page.getByLabel('Activation code').fill(spelling)
    await press(page, 'Continue')
    await expect(heading(page, `Add a token for ${person.username} at Harbour?`)).toBeVisible()
    await press(page, 'Not me')
    await expect(heading(page, 'Approve your sign-ins here.')).toBeVisible()
  }
})

async function codeWith(link: () => Promise<string>, pattern: RegExp): Promise<string> {
  for (;;) {
    const code = codeOf(await link())
    if (pattern.test(code)) return code
  }
}

test('the activation link is pasted', async ({ newPhone, link, person }) => {
  const [phone, activationUrl] = await Promise.all([newPhone(), link()])
  await phone.browser.context.grantPermissions(['clipboard-read', 'clipboard-write', 'notifications'])
  const page = await phone.open()
  await page.evaluate((text) => navigator.clipboard.writeText(text), `  ${activationUrl}\n`)
  await press(page, 'Paste code')
  await expect(heading(page, `Add a token for ${person.username} at Harbour?`)).toBeVisible()
})

test('a code that is wrong, used or expired says so, and stays to be corrected', async ({
  newPhone,
  enrolledPhone,
  link,
  installation,
}) => {
  const phone = await newPhone()
  const page = await phone.open()
  const field = page.getByLabel('Activation code')

  await field.fill('0123 4567 89')
  await expect(page.getByText('16 characters to go')).toBeVisible()
  await press(page, 'Continue')
  await expect(page.getByRole('alert')).toHaveText('That is not an activation code. It has 26 letters and digits.')

  await field.fill('0123456789abcdefghjkmnpqrs')
  await press(page, 'Continue')
  await expect(page.getByRole('alert')).toHaveText(BAD_CODE)
  await expect(field).toHaveValue('0123 4567 89ab cdef ghjk mnpq rs')
  await field.fill('0123 4567 89ab cdef ghjk mnpq rt')
  await expect(page.getByRole('alert')).toBeHidden()

  const used = await link()
  await (await newPhone()).enrol(used)
  await page.goto(used)
  await expect(page.getByRole('alert')).toHaveText(BAD_CODE)

  const expired = await link()
  await installation.store.write((tx) =>
    tx.updateTable('enrolments').set({ expires_at: Date.now() }).where('activated_at', 'is', null).execute(),
  )
  await page.goto(expired)
  await expect(page.getByRole('alert')).toHaveText(BAD_CODE)
  // A browser that has a token says the same.
  const another = await enrolledPhone()
  await expect((await another.open(expired.slice(another.origin.length))).getByRole('alert')).toHaveText(BAD_CODE)
})

test('a code that expires on the way leads to another one', async ({ newPhone, link, installation }) => {
  const [phone, expiring] = await Promise.all([newPhone(), link()])
  const page = await phone.open(expiring.slice(phone.origin.length))
  await expect(heading(page, YOU)).toBeVisible()
  await installation.store.write((tx) =>
    tx.updateTable('enrolments').set({ expires_at: Date.now() }).where('activated_at', 'is', null).execute(),
  )
  await walkThrough(page)
  await expect(page.getByRole('alert')).toHaveText(BAD_CODE)
  await press(page, 'Use another code')
  await page.getByLabel('Activation code').fill(codeOf(await link()))
  await press(page, 'Continue')
  await walkThrough(page)
  await expect(heading(page, 'It works.')).toBeVisible()
})

test('on a computer the link shows itself as a QR code too, and can be used there', async ({
  computer,
  link,
  installation,
}) => {
  const activationUrl = await link()
  const page = await computer.newPage()
  await page.goto(activationUrl)
  await expect(heading(page, 'Scan with your phone')).toBeVisible()
  const { data } = encode(activationUrl, { ecc: 'M', border: 4 })
  const drawn = page.getByRole('img', { name: 'QR code of your activation link' }).locator('path')
  await expect(drawn).toHaveAttribute('d', modulesPath(data))
  expect(page.url()).toBe(`${installation.appOrigin}/enrol`)
  await page.reload()
  await expect(drawn).toHaveAttribute('d', modulesPath(data))

  await press(page, 'Use this computer instead')
  await expect(heading(page, YOU)).toBeVisible()
  const kept = await page.evaluate(() => JSON.stringify(sessionStorage))
  expect(kept).not.toContain(codeOf(activationUrl))
})

/** The server does what it is asked, and its answer is lost on the way. */
async function loseAnswers(page: Page): Promise<{ sent: string[] }> {
  const sent: string[] = []
  await page.route(ACTIVATE, async (route) => {
    await route.fetch()
    sent.push(route.request().postData() ?? '')
    await route.abort()
  })
  return { sent }
}

test('the answer to the activation is lost: asked again it is the same device and the same token', async ({
  newPhone,
  link,
  person,
  installation,
  harbour,
}) => {
  const [phone, activationUrl] = await Promise.all([newPhone(), link({ numberMatching: false })])
  const page = await phone.open(activationUrl.slice(phone.origin.length))
  const { sent } = await loseAnswers(page)
  await walkThrough(page)
  await expect(heading(page, 'The token couldn’t be added.')).toBeVisible()
  const [token] = await tokensOf(installation, person)
  await page.unroute(ACTIVATE)
  const [again] = await Promise.all([page.waitForRequest(ACTIVATE), press(page, 'Try again')])
  await expect(heading(page, 'It works.')).toBeVisible()

  const [first, second] = [sent[0] ?? '', again.postData() ?? ''].map((body) => JSON.parse(body))
  expect([second.deviceKey, second.agreementKey]).toEqual([first.deviceKey, first.agreementKey])
  expect(await tokensOf(installation, person)).toEqual([token])
  // Both sides agree on the keys.
  await harbour.ask(person.username)
  await phone.asked()
})

test('the page dies between the activation and its answer: the token is taken up where it was', async ({
  newPhone,
  link,
  person,
  installation,
}) => {
  const [phone, activationUrl] = await Promise.all([newPhone(), link()])
  const page = await phone.open(activationUrl.slice(phone.origin.length))
  const committed = Promise.withResolvers<void>()
  await page.route(ACTIVATE, async (route) => {
    await route.fetch()
    committed.resolve()
  })
  await walkThrough(page)
  await committed.promise
  await page.close()

  const next = await phone.open()
  await expect(next.getByText('You were adding a token for')).toBeVisible()
  await next.getByRole('button', { name: 'Finish it' }).click()
  await press(next, 'Allow notifications')
  await expect(heading(next, 'It works.')).toBeVisible()
  expect(await tokensOf(installation, person)).toHaveLength(1)
  // Opened once more, the link is used up.
  await next.goto(activationUrl)
  await expect(next.getByRole('alert')).toHaveText(BAD_CODE)
})

test('a second token on the same device proves the device’s key and shares it', async ({
  enrolledPhone,
  person,
  installation,
  harbour,
}) => {
  const phone = await enrolledPhone()
  const held = await phone.open((await linkFor(installation, person)).slice(phone.origin.length))
  const warned = `This device has a token for ${person.username} already.`
  await expect(held.getByRole('status').filter({ hasText: warned })).toBeVisible()
  await press(held, 'Not me')
  const other = await addPerson(installation, `${person.username}-admin`)
  const page = await phone.open((await linkFor(installation, other)).slice(phone.origin.length))
  const activating = page.waitForRequest(ACTIVATE)
  await expect(page.getByRole('button', { name: 'Add this token' })).toBeVisible()
  await expect(page.getByText(/has a token for .* already/)).toHaveCount(0)
  await walkThrough(page)
  expect((await activating).headers().dpop).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  await expect(heading(page, 'It works.')).toBeVisible()
  await press(page, 'Done')
  await expect(page.getByRole('article')).toHaveCount(2)
  const [[first], [second]] = await Promise.all([tokensOf(installation, person), tokensOf(installation, other)])
  expect(second?.device).toBe(first?.device)
  await harbour.ask(other.username)
  expect((await phone.asked()).body).toContain(other.username)
})

test('where the organisation asks for it a link needs the password too, and a wrong one may be typed again', async ({
  newPhone,
  link,
  person,
  installation,
}) => {
  const name = `new people of ${person.username}`
  const { id } = await installation.command<{ id: string }>(['group', 'add', name])
  await installation.command(['group', 'join', name, person.username])
  await installation.command(['policy', 'set', id, '--policy', '{"activationPassword":true}'])
  const [phone, activationUrl] = await Promise.all([newPhone(), link()])
  const page = await phone.open(activationUrl.slice(phone.origin.length))
  await walkThrough(page)
  await expect(heading(page, 'Is it you?')).toBeFocused()
  const field = page.getByLabel('Your password', { exact: true })
  await field.fill('wrong')
  await press(page, 'Add this token')
  await expect(page.getByRole('alert')).toHaveText('That is not your password.')
  await page.screenshot({ path: 'test/out/screens/enrol-password.png' })
  await field.fill(PASSWORD)
  await press(page, 'Add this token')
  await expect(heading(page, 'It works.')).toBeVisible()
})

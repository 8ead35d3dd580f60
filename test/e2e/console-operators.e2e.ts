// The console under the hands of those who run the installation.
import type { Page } from '@playwright/test'
import { ConsoleBrowser, expectToHold } from '../support/console-browser.ts'
import { downloaded } from './download.ts'
import { type Installation, startInstallation } from './installation.ts'
import { choose, pick, press, type } from './keyboard.ts'
import { test as base, expect } from './operator.ts'

interface Own {
  /** One that nobody runs yet. */
  fresh: Installation
}

const test = base.extend<Own>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its pattern
  fresh: async ({}, use) => {
    await using installation = await startInstallation({ env: {} })
    await use(installation)
  },
})

const dialog = (page: Page) => page.getByRole('dialog')
const row = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) })

async function deed(page: Page, name: string, what: string): Promise<void> {
  await pick(page, page.getByRole('button', { name: `What to do with ${name}` }), what)
}

/** The passkey was used longer ago than dangerous acts allow. */
async function letPasskeyAge({ store }: Installation): Promise<void> {
  await store.write((tx) =>
    tx
      .updateTable('operator_sessions')
      .set({ verified_at: Date.now() - 5 * 60_000 })
      .execute(),
  )
}

test('the link that start printed makes the first owner, who invites a second in another browser, and has to stay', async ({
  fresh,
  newComputer,
}) => {
  const link = fresh.lines.find((line) => line.includes('/console/invitation#'))?.trim() ?? ''
  const bea = await ConsoleBrowser.open(await newComputer())
  const { page } = bea
  await page.goto(link)
  await expect(page.getByRole('heading', { name: 'Welcome to Harbour' })).toBeFocused()
  await expect(page.getByText('You will run this installation as owner.')).toBeVisible()
  // The code has left the address, and so the browser’s history.
  expect(page.url()).toBe(`${fresh.publicOrigin}/console/invitation`)
  await expectToHold(page, 'invitation')
  await type(page, page.getByLabel('Your name'), 'Bea')
  await press(page, page.getByRole('button', { name: 'Make a passkey' }))
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeFocused()
  await expect(page.getByText(/^Ready\. A few steps to the first sign-in/)).toBeVisible()
  await expect(page.getByRole('main').getByRole('link', { name: 'Add an application' })).toBeVisible()
  await expectToHold(page, 'overview-new')
  await bea.go('Users')
  expect(await bea.authenticator.credentialCount()).toBe(1)
  await expect(page.getByText('Nobody yet. Add the first person here, or on the server:')).toBeVisible()

  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Operators' }))
  const invite = page.getByRole('button', { name: 'Invite an operator' })
  await press(page, invite)
  await type(page, dialog(page).getByLabel('Name'), 'Cal')
  await choose(page, dialog(page).getByLabel('Auditor'))
  await expectToHold(page, 'operators-invite')
  await press(page, dialog(page).getByRole('button', { name: 'Make the link' }))
  await expect(dialog(page).getByRole('heading', { name: 'Give this link to Cal' })).toBeFocused()
  const signInUrl = (await dialog(page).getByRole('status').textContent()) ?? ''
  await press(page, dialog(page).getByRole('button', { name: 'Copy' }))
  await expect(dialog(page).getByRole('button', { name: 'Copied' })).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(signInUrl)
  await expectToHold(page, 'operators-link')
  await press(page, dialog(page).getByRole('button', { name: 'Done' }))
  await expect(invite).toBeFocused()
  await expect(row(page, 'Cal')).toContainText('Invited, no passkey yet')
  await expect(page.getByText(signInUrl)).toBeHidden()
  await deed(page, 'Cal', 'New link')
  await press(page, dialog(page).getByRole('button', { name: 'Make a link for Cal' }))
  const newUrl = (await dialog(page).getByRole('status').textContent()) ?? ''
  expect(newUrl).not.toBe(signInUrl)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'What to do with Cal' })).toBeFocused()

  const cal = await ConsoleBrowser.open(await newComputer())
  await cal.join(newUrl)
  await cal.go('Operators')
  await expect(row(cal.page, 'Cal')).toContainText('Auditor')
  await expect(cal.page.getByRole('button', { name: 'Invite an operator' })).toBeHidden()
  await expect(cal.page.getByRole('button', { name: /What to do with/ })).toBeHidden()
  await expectToHold(cal.page, 'operators-auditor')
  await page.reload()
  await expect(row(page, 'Cal')).toContainText('1 passkey')
  await expectToHold(page, 'operators')
  await deed(page, 'Bea', 'Remove')
  await press(page, dialog(page).getByRole('button', { name: 'Remove Bea, end all access' }))
  await expect(dialog(page).getByRole('alert')).toHaveText(/This is the last owner who can sign in/)
})

test('signs out, and in again by the passkey alone; one that fails its check signs nobody in, and says so', async ({
  operator,
}) => {
  const { page, authenticator } = await operator('administrator')
  const signIn = page.getByRole('button', { name: 'Sign in with a passkey' })
  await press(page, page.getByRole('button', { name: 'Sign out' }))
  await expect(page.getByRole('heading', { name: 'Sign in to the console' })).toBeFocused()
  await expectToHold(page, 'sign-in')
  await page.goto(`${new URL(page.url()).origin}/console/api-tokens`)
  await authenticator.setUserVerified(false)
  await press(page, signIn)
  await expect(page.getByRole('alert')).toHaveText('Nothing was confirmed. Try again when you are ready.')
  await authenticator.unblock()
  await press(page, signIn)
  await expect(page.getByRole('heading', { name: 'API tokens' })).toBeFocused()
})

test('a link that was used says so, and leads nowhere', async ({ installation, newComputer }) => {
  const { signInUrl } = await installation.command<{ signInUrl: string }>(['operator', 'add', 'Twice'])
  await (await ConsoleBrowser.open(await newComputer())).join(signInUrl)
  const thief = await ConsoleBrowser.open(await newComputer())
  await thief.page.goto(signInUrl)
  await expect(thief.page.getByRole('heading', { name: 'This link is wrong, was used, or has expired.' })).toBeFocused()
  await expectToHold(thief.page, 'invitation-used')
  await thief.page.goto(`${installation.publicOrigin}/console/operators`)
  await expect(thief.page.getByRole('heading', { name: 'Sign in to the console' })).toBeVisible()
})

test('what is dangerous asks for the passkey again, and goes on by itself', async ({ operator, installation }) => {
  const { page, authenticator } = await operator('owner')
  await operator('auditor', 'Dan')
  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Operators' }))
  await letPasskeyAge(installation)
  await deed(page, 'Dan', 'Change role')
  await choose(page, dialog(page).getByLabel('Help desk'))
  await press(page, dialog(page).getByRole('button', { name: 'Make Dan help desk' }))
  const sure = page.getByRole('dialog', { name: 'Is it still you?' })
  await expect(sure).toBeVisible()
  await expectToHold(page, 'confirm')

  // Leaving it does nothing.
  await press(page, sure.getByRole('button', { name: 'Cancel' }))
  await expect(sure).toBeHidden()
  await press(page, dialog(page).getByRole('button', { name: 'Make Dan help desk' }))
  await authenticator.setUserVerified(false)
  await press(page, sure.getByRole('button', { name: 'Use passkey' }))
  await expect(sure.getByRole('alert')).toBeVisible()
  await authenticator.unblock()
  await press(page, sure.getByRole('button', { name: 'Use passkey' }))
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(row(page, 'Dan')).toContainText('Help desk')
  await expect(page.getByRole('button', { name: 'What to do with Dan' })).toBeFocused()

  // Once shown, it holds for the next act.
  await deed(page, 'Dan', 'Remove')
  await expect(dialog(page)).toContainText('Their passkeys, sessions, links and API tokens end at once.')
  await press(page, dialog(page).getByRole('button', { name: 'Remove Dan, end all access' }))
  await expect(row(page, 'Dan')).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1, name: 'Operators' })).toBeFocused()
})

test('whoever is removed, or given another role, sees it at the next press', async ({ operator, installation }) => {
  const owner = await operator('owner')
  const eve = await operator('administrator', 'Eve')
  await eve.go('API tokens')
  await owner.page.goto(`${installation.publicOrigin}/console/operators`)
  await deed(owner.page, 'Eve', 'Change role')
  await dialog(owner.page).getByLabel('Auditor').check()
  await dialog(owner.page).getByRole('button', { name: 'Make Eve auditor' }).click()
  await expect(row(owner.page, 'Eve')).toContainText('Auditor')

  await eve.page.getByRole('button', { name: 'Make an API token' }).click()
  await dialog(eve.page).getByLabel('Name').fill('Too late')
  await dialog(eve.page).getByRole('button', { name: 'Make the token' }).click()
  await expect(dialog(eve.page).getByRole('alert')).toHaveText('Your role does not allow this.')
  await dialog(eve.page).getByRole('button', { name: 'Cancel' }).click()
  await expect(eve.page.getByRole('button', { name: 'Make an API token' })).toBeHidden()

  await deed(owner.page, 'Eve', 'Remove')
  await dialog(owner.page).getByRole('button', { name: 'Remove Eve, end all access' }).click()
  await expect(row(owner.page, 'Eve')).toHaveCount(0)
  await eve.go('Users').catch(() => {})
  await expect(eve.page.getByText('Your session has ended.')).toBeVisible()
})

test('two owners change one role at once: the second is told, and nothing is lost', async ({
  operator,
  installation,
}) => {
  const [one, other] = [await operator('owner'), await operator('owner')]
  await operator('auditor', 'Flo')
  for (const { page } of [one, other]) {
    await page.goto(`${installation.publicOrigin}/console/operators`)
    await deed(page, 'Flo', 'Change role')
  }
  // One has a mouse, the other a keyboard.
  await dialog(one.page).getByLabel('Help desk').check()
  await dialog(one.page).getByRole('button', { name: 'Make Flo help desk' }).click()
  await expect(row(one.page, 'Flo')).toContainText('Help desk')
  await choose(other.page, dialog(other.page).getByLabel('Administrator'))
  await press(other.page, dialog(other.page).getByRole('button', { name: 'Make Flo administrator' }))
  await expect(dialog(other.page).getByRole('alert')).toHaveText(/Somebody else has changed this in the meantime/)
  await press(other.page, dialog(other.page).getByRole('button', { name: 'Cancel' }))
  await expect(row(other.page, 'Flo')).toContainText('Help desk')
  await deed(other.page, 'Flo', 'Change role')
  await choose(other.page, dialog(other.page).getByLabel('Administrator'))
  await press(other.page, dialog(other.page).getByRole('button', { name: 'Make Flo administrator' }))
  await expect(row(other.page, 'Flo')).toContainText('Administrator')
})

test('a second passkey is added and the first removed; the last one stays', async ({ operator, installation }) => {
  const { page, authenticator } = await operator('help-desk')
  await page.goto(`${installation.publicOrigin}/console/passkeys`)
  await authenticator.swap()
  await press(page, page.getByRole('button', { name: 'Add a passkey' }))
  await type(page, dialog(page).getByLabel('What shall it be called?'), 'Key in the safe')
  await press(page, dialog(page).getByRole('button', { name: 'Make the passkey' }))
  await expect(row(page, 'Key in the safe')).toBeVisible()
  await expectToHold(page, 'passkeys')
  await press(page, row(page, 'this session').getByRole('button', { name: /^Rename/ }))
  await type(page, dialog(page).getByLabel('What shall it be called?'), 'Laptop')
  await press(page, dialog(page).getByRole('button', { name: /^Rename/ }))
  await expect(row(page, 'Laptop')).toContainText('this session')
  await press(page, row(page, 'this session').getByRole('button', { name: /^Remove/ }))
  await expect(dialog(page)).toContainText('you will be signed out')
  await press(page, dialog(page).getByRole('button', { name: /^Remove/ }))
  await expect(page.getByRole('heading', { name: 'Sign in to the console' })).toBeFocused()
  await press(page, page.getByRole('button', { name: 'Sign in with a passkey' }))
  await press(page, row(page, 'Key in the safe').getByRole('button', { name: /^Remove/ }))
  await press(page, dialog(page).getByRole('button', { name: /^Remove/ }))
  await expect(dialog(page).getByRole('alert')).toHaveText('This is your last passkey. Add another one first.')
})

test('an API token is shown once, used, and revoked', async ({ operator, installation }) => {
  const { page } = await operator('administrator', 'Gus')
  await page.goto(`${installation.publicOrigin}/console/api-tokens`)
  await press(page, page.getByRole('button', { name: 'Make an API token' }))
  await expect(dialog(page).getByLabel('Owner')).toBeHidden()
  await type(page, dialog(page).getByLabel('Name'), '=HYPERLINK("https://evil.example")')
  await choose(page, dialog(page).getByLabel('Help desk'))
  await choose(page, dialog(page).getByLabel('7 days'))
  await expectToHold(page, 'api-tokens-make')
  await press(page, dialog(page).getByRole('button', { name: 'Make the token' }))
  const token = (await dialog(page).getByRole('status').textContent()) ?? ''
  expect(token).toMatch(/^cso_[0-9a-z]{26}$/)
  await expectToHold(page, 'api-tokens-made')
  await press(page, dialog(page).getByRole('button', { name: 'Done' }))
  const call = () =>
    fetch(`${installation.publicOrigin}/admin/v1/users`, { headers: { Authorization: `Bearer ${token}` } })
  expect((await call()).status).toBe(200)
  await page.reload()
  await expect(row(page, 'HYPERLINK')).not.toContainText('Never')
  await expectToHold(page, 'api-tokens')

  const file = await downloaded(page, () => press(page, page.getByRole('button', { name: 'Save as CSV' })))
  expect(file.text).toContain('"\'=HYPERLINK(""https://evil.example"")",Help desk,Gus,')

  await press(page, row(page, 'HYPERLINK').getByRole('button'))
  await press(page, dialog(page).getByRole('button', { name: /^Revoke/ }))
  await expect(row(page, 'HYPERLINK')).toHaveCount(0)
  expect((await call()).status).toBe(401)
})

test('people are found from anywhere by the keyboard alone', async ({ operator, installation, person }) => {
  const { page } = await operator('help-desk')
  await page.goto(`${installation.publicOrigin}/console/passkeys`)
  await expect(page.getByRole('heading', { name: 'Your passkeys' })).toBeFocused()
  await page.keyboard.press('/')
  await expect(page.getByLabel('Find a person')).toBeFocused()
  await page.keyboard.type(person.username.toUpperCase())
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Users' })).toBeVisible()
  await expect(page).toHaveURL(`${installation.publicOrigin}/console/users?search=${person.username.toUpperCase()}`)
  await expect(row(page, person.username)).toBeVisible()
  await expectToHold(page, 'users')
  // Every letter looks again; a slash is a letter there.
  await page.getByLabel('Find a person').focus()
  await page.keyboard.type('/<b>')
  await expect(page.getByText('Nobody’s names begin with')).toContainText(`${person.username.toUpperCase()}/<b>`)
  await expectToHold(page, 'users-none')
})

test('a role sees the pages it may, and is told about the others', async ({ operator, installation }) => {
  const { page } = await operator('help-desk')
  const places = page.getByRole('navigation').getByRole('link')
  for (const seen of ['Overview', 'Live', 'Reports', 'Users', 'Groups', 'Applications', 'Your passkeys'])
    await expect(places.filter({ hasText: seen })).toBeVisible()
  for (const hidden of ['Operators', 'API tokens', 'Webhooks', 'Audit'])
    await expect(places.filter({ hasText: hidden })).toHaveCount(0)
  await page.goto(`${installation.publicOrigin}/console/operators`)
  await expect(page.getByRole('heading', { name: 'Not for your role' })).toBeVisible()
  await page.goto(`${installation.publicOrigin}/console/nothing/here`)
  await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible()
  await expectToHold(page, 'nothing')
})

test('on a narrow screen the pages are behind a menu', async ({ operator }) => {
  const browser = await operator('owner')
  const { page } = browser
  await page.setViewportSize({ width: 360, height: 740 })
  await page.getByRole('button', { name: 'Menu' }).click()
  await expectToHold(page, 'menu')
  await page.getByRole('button', { name: 'Menu' }).click()
  await browser.go('Operators')
  await expect(page.getByRole('link', { name: 'API tokens' })).toBeHidden()
  await page.keyboard.press('/')
  await expect(page.getByLabel('Find a person')).toBeFocused()
  await page.keyboard.type('nobody-of-that-name')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Nobody’s names begin with')).toBeVisible()
  await expect(page.getByLabel('Find a person')).toBeHidden()
})

test('a server out of reach is told, and a press tries again', async ({ operator }) => {
  const browser = await operator('owner')
  const { page } = browser
  await browser.go('Operators')
  await expect(page.getByRole('table')).toBeVisible()
  await browser.go('Users')
  await page.context().setOffline(true)
  await browser.go('Overview')
  await expect(page.getByRole('alert')).toHaveText('The server can’t be reached. Trying again…')
  await expect(page.getByText('One moment…')).toBeHidden()
  await browser.go('Operators')
  await expect(page.getByRole('alert')).toContainText('The server can’t be reached')
  await page.context().setOffline(false)
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('alert')).toBeHidden()
  await expect(page.getByRole('table')).toBeVisible()

  // A page whose own script is not here yet.
  await page.context().setOffline(true)
  await page.getByRole('link', { name: 'API tokens' }).click()
  await expect(page.getByRole('heading', { name: 'Can’t reach the server' })).toBeFocused()
  await page.context().setOffline(false)
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('heading', { name: 'API tokens' })).toBeFocused()
})

test('the authenticator’s worker keeps nothing of the console, and leaves it to the network', async ({
  newPhone,
  installation,
}) => {
  const phone = await newPhone()
  const app = await phone.open('/')
  await app.evaluate(() => navigator.serviceWorker.ready)
  const page = await phone.open('/console/operators')
  await expect(page.getByRole('heading', { name: 'Sign in to the console' })).toBeVisible()
  const kept = await page.evaluate(async () => {
    const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)))
    return (await Promise.all(caches_.map((cache) => cache.keys()))).flat().map(({ url }) => new URL(url).pathname)
  })
  expect(kept.length).toBeGreaterThan(0)
  const own = await page.evaluate(() =>
    performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname),
  )
  const ofConsole = own.filter((path) => /\/assets\/console-/.test(path))
  expect(ofConsole.length).toBeGreaterThan(0)
  expect(kept.filter((path) => ofConsole.includes(path) || path.includes('console'))).toEqual([])
  const answer = await fetch(`${installation.publicOrigin}/console/operators`)
  expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(answer.headers.get('content-security-policy')).toContain("require-trusted-types-for 'script'")
})

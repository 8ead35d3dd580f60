// The console as an operator of a busy house sees it.
import { test as base, expect, type Locator, type Page } from '@playwright/test'
import { addApplication } from '../../server/applications/applications.ts'
import { addClient } from '../../server/radius/clients.ts'
import { firstFactor } from '../../server/sign-in/first-factor.ts'
import { launchComputers } from '../support/chromium.ts'
import { ConsoleBrowser } from '../support/console-browser.ts'
import { ALICE, type BusyHouse, busyHouse, NOW } from './busy-house.ts'
import { picture } from './picture.ts'

interface Own {
  house: BusyHouse
  /** Opens a page of the console. */
  open(path: string, heading: string): Promise<Page>
}

const test = base.extend<object, Own>({
  house: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its pattern
    async ({}, use) => {
      await using house = await busyHouse()
      await use(house)
    },
    { scope: 'worker' },
  ],
  open: [
    async ({ house }, use) => {
      const browser = await launchComputers()
      const context = await browser.newContext({
        viewport: { width: 1200, height: 780 },
        reducedMotion: 'reduce',
        locale: 'en-GB',
        timezoneId: 'Europe/Amsterdam',
      })
      await context.clock.install({ time: NOW })
      const bea = await ConsoleBrowser.open(context)
      await bea.join((await house.invite('Bea')).replace(/^https?:\/\/[^/]+/, house.origin))
      await use(async (path, heading) => {
        await bea.page.goto(`${house.origin}/console${path}`)
        await expect(bea.page.getByRole('heading', { level: 1, name: heading })).toBeVisible()
        return bea.page
      })
      await browser.close()
    },
    { scope: 'worker' },
  ],
})

/** A page, and what has come when all of it is there. */
const PAGES: [name: string, path: string, heading: string, ready: (page: Page) => Locator][] = [
  ['overview', '/overview', 'Overview', (page) => page.locator('canvas').last()],
  ['live', '/live', 'Live', rows],
  ['reports', '/reports', 'Reports', rows],
  ['enrolment', '/enrolment', 'Enrolment', rows],
  ['policies', '/policies/organisation', 'Policy of the organisation', (page) => page.getByLabel('Number matching')],
  ['audit', '/audit', 'Audit', rows],
  ['settings', '/settings', 'Settings', (page) => page.getByRole('link', { name: 'When a password was changed' })],
]

for (const [name, path, heading, ready] of PAGES)
  test(`console: ${name}`, async ({ open }) => {
    const page = await open(path, heading)
    await expect(ready(page)).toBeVisible()
    await picture(page, `console-${name}`)
  })

function rows(page: Page): Locator {
  return page.getByRole('row').nth(5)
}

test('console: a person', async ({ open, house }) => {
  const someone = await house.parts.store.read
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .select(['users.id', 'users.username'])
    .orderBy('users.username')
    .executeTakeFirstOrThrow()
  const page = await open(`/users/${someone.id}`, someone.username)
  await expect(page.getByRole('table', { name: 'Tokens and devices' })).toBeVisible()
  await picture(page, 'console-person')
})

test('console: what holds for somebody, and why', async ({ open, house }) => {
  const { username } = await house.parts.store.read.selectFrom('users').select('username').executeTakeFirstOrThrow()
  const page = await open('/policies', 'Policies')
  await page.getByLabel('User name').fill(username)
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await expect(page.getByRole('rowheader', { name: 'Time to answer' })).toBeVisible()
  await page.getByRole('heading', { name: 'What applies to a person, and why' }).scrollIntoViewIfNeeded()
  await picture(page, 'console-explain')
})

test('console: the directory, and whom it shows under a name', async ({ open }) => {
  const page = await open('/settings', 'Settings')
  await expect(page.getByText('Answers since')).toBeVisible()
  await page.getByRole('button', { name: 'Try a user name' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('User name').fill('alice')
  await dialog.getByRole('button', { name: 'Look' }).click()
  await expect(dialog.getByText('Found.')).toBeVisible()
  await picture(page, 'console-directory')
})

test('console: somebody of the directory, after their first sign-in', async ({ open, house }) => {
  const application = await addApplication(house.parts, { name: 'Timetable' }, BY)
  const { user } = await firstFactor(house.parts, { application, ...ALICE })
  const page = await open(`/users/${user.id}`, user.username)
  await expect(page.getByText('In the directory')).toBeVisible()
  await picture(page, 'console-directory-person')
})

const BY = { kind: 'command-line', id: null, name: 'root', role: 'owner', act: 'applications.add' } as const
const GUID = '00000000-0000-4000-8000-000000000000'

/** Each kind of door, with the application that comes by it. */
const DOORS: [name: string, heading: string, asked: Parameters<typeof addApplication>[1]][] = [
  ['oidc', 'OpenID Connect', { name: 'Intranet', redirectUris: ['https://intranet.example/callback'] }],
  ['site', 'Sites behind a proxy', { name: 'Wiki', protectedSites: ['https://wiki.example'] }],
  ['radius', 'RADIUS', { name: 'VPN' }],
  ['rest', 'API', { name: 'Till' }],
  ['pam', 'sudo and ssh on Linux', { name: 'Build machines' }],
  [
    'entra',
    'Microsoft Entra ID',
    { name: 'Microsoft 365', client: { entra: { tenant: GUID, application: GUID, cloud: 'global' } } },
  ],
]

for (const [door, heading, asked] of DOORS)
  test(`console: how an application is connected by ${door}`, async ({ open, house }) => {
    const { id } = await addApplication(house.parts, asked, BY)
    const page = await open(`/applications/${id}`, asked.name)
    if (door === 'radius') await asIfAtTheUsualPort(page)
    const part = page.getByRole('heading', { level: 3, name: heading, exact: true })
    await part.evaluate((element) => element.scrollIntoView({ block: 'start' }))
    await picture(page, `connect-${door}`)
  })

/** Here it listens wherever a port is free. */
async function asIfAtTheUsualPort(page: Page): Promise<void> {
  await page.route('**/radius-clients?*', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), udp: 'udp://192.0.2.10:1812' } })
  })
  await page.reload()
  await expect(page.getByText('port 1812')).toBeVisible()
}

test('console: an application, and what asks for it over RADIUS', async ({ open, house }) => {
  const { id } = await addApplication(house.parts, { name: 'VPN' }, BY)
  const client = { certificate: '', challenges: true, groups: 'filter-id', messageAuthenticator: true }
  for (const network of ['192.0.2.1', '198.51.100.0/24']) await addClient(house.parts, { id, network, ...client }, BY)
  await house.parts.store.write((tx) =>
    tx
      .updateTable('radius_clients')
      .set({ last_seen_at: NOW - 60_000, fault: 'unsigned', fault_at: NOW - 3 * 60_000 })
      .where('application_id', '=', id)
      .where('network', 'like', '192%')
      .execute(),
  )
  const page = await open(`/applications/${id}`, 'VPN')
  await page
    .getByRole('heading', { level: 2, name: 'RADIUS' })
    .evaluate((element) => element.scrollIntoView({ block: 'center' }))
  await expect(page.getByRole('table', { name: 'RADIUS clients' })).toBeVisible()
  await picture(page, 'console-application')
})

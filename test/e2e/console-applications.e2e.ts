// What people sign in to, under the hands of an operator: added, shown a face, closed to others, its secrets replaced.
import type { Page } from '@playwright/test'
import { expectToHold } from '../support/console-browser.ts'
import { downloaded } from './download.ts'
import { browse, choose, pick, press, select, tabTo, type } from './keyboard.ts'
import { expect, test } from './operator.ts'

const dialog = (page: Page) => page.getByRole('dialog')
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const BLOCKED = Array.from({ length: 10 }, (_, n) => ({
  address: `198.51.100.${n}`,
  ...{ until: Date.now() + 3_600_000, created_at: 0, reason: 'Asks again and again', blocked_by: 'Bea' },
}))

test('by the keyboard alone: an application is added, gets a face, is closed to all but a group, and its secrets are replaced', async ({
  operator,
  installation,
}) => {
  const { page } = await operator('administrator')
  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Applications' }))
  await press(page, page.getByRole('button', { name: 'Add an application' }))
  await type(page, dialog(page).getByLabel('Name'), 'Intranet <b>')
  await type(page, dialog(page).getByLabel('Redirect URIs, one per line'), 'http://intranet.example.org/callback')
  await press(page, dialog(page).getByRole('button', { name: 'Add it' }))
  await expect(dialog(page).getByRole('alert')).toHaveText(/^Line 1 must be https/)
  await expect(dialog(page).getByLabel('Redirect URIs, one per line')).toBeFocused()
  await type(page, dialog(page).getByLabel('Redirect URIs, one per line'), 'https://intranet.example.org/callback')
  await press(page, dialog(page).getByRole('button', { name: 'Add it' }))
  await expect(dialog(page).getByRole('status', { name: 'Client secret' })).toHaveText(/^css_/)
  await expectToHold(page, 'applications-added')
  const clientId = (await dialog(page).getByRole('status', { name: 'Client id' }).textContent()) ?? ''
  await press(page, dialog(page).getByRole('button', { name: 'Done' }))
  await expect(page.getByRole('heading', { level: 1, name: 'Intranet <b>' })).toBeVisible()
  await expect(page.getByText(`${installation.publicOrigin}/oidc`, { exact: true })).toBeVisible()

  await press(page, page.getByRole('button', { name: 'Edit' }))
  await type(page, dialog(page).getByLabel('Text on the sign-in page'), 'For staff. Questions: 4711.')
  await press(page, dialog(page).getByRole('button', { name: 'Save' }))
  await expect(page.getByText('For staff. Questions: 4711.')).toBeVisible()
  const asked = await browse(page, page.getByRole('button', { name: 'Choose a picture' }))
  await asked.setFiles({ name: 'icon.png', mimeType: 'image/png', buffer: PIXEL })
  await expect(page.getByRole('img', { name: 'Icon' })).toBeVisible()

  await press(page, page.getByRole('button', { name: 'Change who may sign in' }))
  await choose(page, dialog(page).getByLabel('Only members of these groups'))
  await expect(dialog(page).getByRole('button', { name: 'Limit to these groups' })).toHaveAttribute('aria-disabled')
  await press(page, dialog(page).getByRole('button', { name: 'Cancel' }))
  await press(page, page.getByRole('button', { name: 'Change settings' }))
  await choose(page, dialog(page).getByLabel('Authorizations have to be pushed first (PAR)'))
  const afterwards = dialog(page).getByLabel('Where people may go after signing out, one per line')
  await type(page, afterwards, 'http://intranet.example.org/bye')
  await press(page, dialog(page).getByRole('button', { name: 'Save' }))
  await expect(dialog(page).getByRole('alert')).toHaveText(/must be https/)
  await type(page, afterwards, 'https://intranet.example.org/bye')
  await choose(page, dialog(page).getByLabel('Yes, and fetches the answer'))
  await expectToHold(page, 'application-settings')
  await press(page, dialog(page).getByRole('button', { name: 'Save' }))
  await expect(page.getByText('https://intranet.example.org/bye')).toBeVisible()
  await expect(page.getByText('Authorizations have to be pushed first (PAR)')).toBeVisible()
  await press(page, page.getByRole('button', { name: 'Change settings' }))
  await choose(page, dialog(page).getByLabel('No', { exact: true }))
  await tabTo(page, dialog(page).getByLabel('Authorizations have to be pushed first (PAR)'))
  await page.keyboard.press('Space')
  await press(page, dialog(page).getByRole('button', { name: 'Save' }))
  await expect(dialog(page)).toBeHidden()
  await expect(page.getByText('Authorizations have to be pushed first (PAR)')).toBeHidden()
  await press(page, page.getByRole('button', { name: 'New client secret' }))
  await expectToHold(page, 'application-secret')
  await press(page, dialog(page).getByRole('button', { name: 'Make a new client secret' }))
  await expect(dialog(page).getByRole('status', { name: 'Client secret' })).toHaveText(/^css_/)
  await press(page, dialog(page).getByRole('button', { name: 'Done' }))
  await expect(page.getByText(/The client secret before this one works until/)).toBeVisible()

  const authorize = new URL('/oidc/auth', installation.publicOrigin)
  authorize.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'a'.repeat(43),
    code_challenge_method: 'S256',
    redirect_uri: 'https://intranet.example.org/callback',
  }).toString()
  await page.goto(authorize.href)
  await expect(page.getByText('For staff. Questions: 4711.')).toBeVisible()
  const icon = page.locator('main header img')
  expect(await icon.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(128)
  await expectToHold(page, 'application-login-page')
})

test('by the keyboard alone: a tenant of Microsoft Entra ID is added, asks over RADIUS too, and its API is tried', async ({
  operator,
}) => {
  const { page } = await operator('administrator')
  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Applications' }))
  await press(page, page.getByRole('button', { name: 'Add an application' }))
  await type(page, dialog(page).getByLabel('Name'), 'Office')
  await choose(page, dialog(page).getByLabel('Microsoft Entra ID'))
  await type(page, dialog(page).getByLabel('Tenant ID'), 'harbour.example')
  await type(page, dialog(page).getByLabel('Application (client) ID'), 'c0ffee00-1111-4222-8333-444455556666')
  await page.keyboard.press('Enter')
  await expect(dialog(page).getByRole('alert')).toHaveText(/must be a GUID/)
  await expectToHold(page, 'application-entra-add')
  await type(page, dialog(page).getByLabel('Tenant ID'), '0A1B2C3D-1111-4222-8333-444455556666')
  await page.keyboard.press('Enter')
  await press(page, dialog(page).getByRole('button', { name: 'Done' }))
  await expect(page.getByText('0a1b2c3d-1111-4222-8333-444455556666', { exact: true })).toBeVisible()
  const change = page.getByRole('button', { name: 'Change settings' })
  await press(page, change)
  await choose(page, dialog(page).getByLabel('US Government'))
  await press(page, dialog(page).getByRole('button', { name: 'Save' }))
  await expect(change).toBeFocused()
  await expect(page.getByRole('definition').filter({ hasText: 'US Government' })).toBeVisible()

  await press(page, page.getByRole('button', { name: 'Add a RADIUS client' }))
  await type(page, dialog(page).getByLabel('Where it asks from'), 'nowhere')
  await press(page, dialog(page).getByRole('button', { name: 'Add it' }))
  await expect(dialog(page).getByRole('alert')).toBeVisible()
  await type(page, dialog(page).getByLabel('Where it asks from'), '192.0.2.17')
  await choose(page, dialog(page).getByLabel('It can show a challenge'))
  await choose(page, dialog(page).getByLabel('In an attribute of its vendor'))
  await type(page, dialog(page).getByLabel('Vendor and attribute'), '12356:1')
  await expectToHold(page, 'radius-add')
  await press(page, dialog(page).getByRole('button', { name: 'Add it' }))
  await expect(dialog(page).getByRole('status', { name: 'Shared secret' })).toHaveText(/\S{20}/)
  await press(page, dialog(page).getByRole('button', { name: 'Done' }))
  const clients = page.getByRole('table', { name: 'RADIUS clients' })
  await expect(clients).toContainText('Never: nothing has arrived from there')
  await pick(page, clients.getByRole('button'), 'New secret')
  await press(page, dialog(page).getByRole('button', { name: 'Make a new secret' }))
  await press(page, dialog(page).getByRole('button', { name: 'Done' }))
  await expect(clients).toContainText('its former secret works until')
  await pick(page, clients.getByRole('button'), 'Edit')
  await type(page, dialog(page).getByLabel('Where it asks from'), '192.0.2.16/28')
  await press(page, dialog(page).getByRole('button', { name: 'Save' }))
  await expect(clients).toContainText('192.0.2.16/28')
  await press(page, page.getByRole('button', { name: 'Make a key' }))
  await press(page, dialog(page).getByRole('button', { name: 'Make a key' }))
  await expect(dialog(page).getByRole('status', { name: 'API key' })).toHaveText(/^csk_/)
  const apiKey = (await dialog(page).getByRole('status', { name: 'API key' }).textContent()) ?? ''
  await press(page, dialog(page).getByRole('button', { name: 'Done' }))
  await expect(page.getByRole('button', { name: 'Make a key' })).toBeHidden()
  await expectToHold(page, 'application')
  await pick(page, clients.getByRole('button'), 'Remove')
  await press(page, dialog(page).getByRole('button', { name: /^Remove 192/ }))
  await expect(clients).toBeHidden()

  await press(page, page.getByRole('link', { name: 'Read about this API, and try it' }))
  const call = page.locator('details#verify')
  await press(page, call.locator('summary'))
  await type(page, call.getByRole('textbox', { name: 'Body' }), '{"username": "nobody at all", "passcode": "123456"}')
  await press(page, call.getByRole('button', { name: 'Send' }))
  await expect(call.getByRole('status')).toHaveText(/^401/)
  await type(page, page.getByLabel('API key'), apiKey)
  await press(page, call.getByRole('button', { name: 'Send' }))
  await expect(call.getByRole('status')).toHaveText(/^404/)
  await expect(call.getByText('urn:countersign:problem:unknown-user')).toBeVisible()
  await expectToHold(page, 'api-page')
  await page.reload()
  await expect(page.getByLabel('API key')).toHaveValue('')
  expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toContain('csk_')
})

test('an auditor finds an entry, reads it whole, takes the log away and verifies the chain', async ({
  operator,
  harbour,
  device,
  person,
}) => {
  expect(device.tokens).toHaveLength(1)
  const { page } = await operator('auditor', 'Bea who audits')
  const button = (name: string | RegExp) => page.getByRole('button', { name })
  const { id } = await harbour.ask(person.username)
  await harbour.cancel(id)
  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Audit' }))
  await type(page, page.getByLabel('Whom (user name)'), person.username)
  await select(page, page.getByLabel('What', { exact: true }), 'Cancelled')
  await press(page, button('Find'))
  await expect(page).toHaveURL(/kind=cancelled/)
  // Until the answer is here the entries from before stand there.
  const row = page.getByRole('row').filter({ hasText: person.username }).filter({ hasText: 'Cancelled' })
  await expect(row).toBeVisible()
  await press(page, row.getByRole('button', { name: /^Show entry/ }))
  await expect(dialog(page)).toContainText(id)
  await expectToHold(page, 'audit-entry')
  await page.keyboard.press('Escape')
  await expect(row.getByRole('button')).toBeFocused()

  const saved = await downloaded(page, () => press(page, page.getByRole('link', { name: 'Save as CSV' })))
  const lines = saved.text.trim().split('\r\n')
  expect(lines).toHaveLength(2)
  expect(lines[1]).toContain(id)
  await press(page, button('Everything'))
  await press(page, button(/^Verify the newest/))
  await expect(page.getByText(/^The chain holds: /)).toBeVisible()
  await expectToHold(page, 'audit')
})

test('by the keyboard alone: an owner says how long things are kept, changes keys, and blocks an address', async ({
  operator,
  installation,
}) => {
  const owner = await operator('owner', 'Bea who keeps')
  const { page } = owner
  const inDialog = (name: string) => dialog(page).getByRole('button', { name, exact: true })
  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Settings' }))
  await expect(page.getByText('No receiver is set up.')).toBeVisible()
  await expect(page.getByText(/^No directory is set up/)).toBeVisible()
  await press(page, page.getByRole('button', { name: 'Change', exact: true }))
  await type(page, dialog(page).getByLabel('The audit log, in days', { exact: true }), '1')
  await press(page, inDialog('Save, and delete what is older'))
  await expect(dialog(page).getByRole('alert')).toHaveText(/must be from 30 to 36500 days/)
  await expect(dialog(page).getByLabel('The audit log, in days', { exact: true })).toBeFocused()
  await type(page, dialog(page).getByLabel('The audit log, in days', { exact: true }), '')
  await type(page, dialog(page).getByLabel('Sign-in requests, in days'), '180')
  await type(page, dialog(page).getByLabel('Reports that are closed, in days'), '200')
  await expectToHold(page, 'retention')
  await press(page, inDialog('Save, and delete what is older'))
  await expect(page.getByText('180 days')).toBeVisible()
  await expect(page.getByText('200 days')).toBeVisible()

  await press(page, page.getByRole('button', { name: 'Registration token' }))
  await press(page, inDialog('Make the registration token'))
  await expect(dialog(page).getByRole('status')).toHaveText(/\S{20}/)
  await press(page, inDialog('Done'))
  await press(page, page.getByRole('button', { name: 'New signing keys' }))
  await expectToHold(page, 'settings-keys')
  await press(page, inDialog('Make new signing keys'))
  await expect(page.getByText(/^New signing keys are published, and used from /)).toBeVisible()

  await press(page, page.getByRole('button', { name: 'Block an address' }))
  await type(page, dialog(page).getByLabel('Address'), '203.0.113.99')
  await type(page, dialog(page).getByLabel('Why?'), 'Guesses passwords')
  await expectToHold(page, 'settings-block')
  await press(page, inDialog('Block it, refuse everybody there'))
  const blocked = page.getByRole('table', { name: 'Blocked addresses' })
  await expect(blocked).toContainText('Guesses passwords')
  await expectToHold(page, 'settings-all')
  // Where many are blocked, one is looked for, and what is found is what goes into the file.
  await installation.store.write((tx) => tx.insertInto('blocked_addresses').values(BLOCKED).execute())
  await page.reload()
  await type(page, page.getByRole('searchbox', { name: 'Search this list' }), 'PASSWORDS')
  await expect(page.getByText('1 of 11', { exact: true })).toBeVisible()
  const section = page.getByRole('region', { name: 'Blocked addresses' })
  const file = await downloaded(page, () => press(page, section.getByRole('button', { name: 'Save as CSV' })))
  expect(file.name).toBe('blocked-addresses.csv')
  expect(file.text).toMatch(/^\ufeffAddress,.*\r\n203\.0\.113\.99,.*,Bea who keeps,Guesses passwords\r\n$/)
  await press(page, blocked.getByRole('button', { name: 'Unblock 203.0.113.99' }))
  await type(page, dialog(page).getByLabel('Why?'), 'It was us')
  await press(page, inDialog('Unblock 203.0.113.99'))
  await expect(blocked).not.toContainText('Guesses passwords')
  await installation.store.write((tx) => tx.deleteFrom('blocked_addresses').execute())
})

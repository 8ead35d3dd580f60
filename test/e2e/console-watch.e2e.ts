// What operators see of what happens, live, and of all that there is.
import { recordAll } from '../../server/audit/record.ts'
import { expectToHold } from '../support/console-browser.ts'
import { downloaded } from './download.ts'
import { press, type } from './keyboard.ts'
import { expect, test } from './operator.ts'

test('by the keyboard alone: sign-ins appear by themselves, are narrowed to one address, and stand still when told to', async ({
  operator,
  harbour,
  device,
  person,
}) => {
  expect(device.tokens).toHaveLength(1)
  const { page } = await operator('auditor', 'Bea who watches')
  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Live' }))
  const context = { ip: '203.0.113.9', userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0' }
  const asked = await harbour.ask(person.username, { context })
  const row = page.getByRole('row').filter({ hasText: person.username })
  await expect(row).toContainText('Waiting')
  await expect(row).toContainText('Firefox on Linux')
  await harbour.cancel(asked.id)
  await expect(row).toContainText('Cancelled')
  await expectToHold(page, 'live')

  await press(page, row.getByRole('link', { name: '203.0.113.9' }))
  await expect(page).toHaveURL(/address=203\.0\.113\.9/)
  await expect(page.getByText('From 203.0.113.9')).toBeVisible()
  // What is narrowed is read anew; a pause before it has come would stand still with nothing.
  await expect(row).toHaveCount(1)
  await press(page, page.getByRole('button', { name: 'Pause' }))
  await harbour.ask(person.username, { context })
  await expect(page.getByText(/^Paused at/)).toBeVisible()
  await expect(row).toHaveCount(1)
  await expectToHold(page, 'live-paused')
  await press(page, page.getByRole('button', { name: 'Resume' }))
  await expect(row).toHaveCount(2)
  await press(page, page.getByRole('button', { name: 'Approved' }))
  await expect(page.getByText('No matching requests.')).toBeVisible()

  // Whoever may see everything takes all tokens away as a file.
  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Tokens', exact: true }))
  await expect(page.getByRole('table', { name: 'Tokens' }).getByRole('link', { name: person.username })).toBeVisible()
  await expectToHold(page, 'tokens')
  const file = await downloaded(page, () => press(page, page.getByRole('link', { name: 'Save as CSV' })))
  expect(file.name).toMatch(/^tokens-\d{4}-\d\d-\d\d\.csv$/)
  expect(file.text).toContain(`,${person.username},`)
})

test('by the keyboard alone: a report is taken, its address blocked and push let through and paused, and it is closed with a note', async ({
  operator,
  harbour,
  device,
  person,
  installation,
}) => {
  const asked = await harbour.ask(person.username, { context: { ip: '203.0.113.66' } })
  await device.decide((await device.request(asked.id)).body, 'report')
  await installation.command(['passcode', 'issue', person.username, '--many', '--reason', 'talked into it'])
  const tried = { at: Date.now(), kind: 'sign-in-failed', detail: { address: '203.0.113.66' } } as const
  const users = installation.store.read.selectFrom('users').select('id')
  const { id: user } = await users.where('username', '=', person.username).executeTakeFirstOrThrow()
  await installation.store.write((tx) => recordAll(tx, [{ ...tried, user }, tried]))
  const { page } = await operator('administrator', 'Bea at night')
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const dialog = page.getByRole('dialog')
  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Reports' }))
  await expect(page.getByText(/^, \d+ open report/)).toBeAttached()
  await expectToHold(page, 'reports')
  await press(page, page.getByRole('link', { name: person.username }))
  await expect(page.getByRole('heading', { name: `Report of ${person.username}` })).toBeFocused()
  const tries = page.getByRole('listitem').filter({ hasText: 'Wrong password, or not let in' })
  await expect(tries.filter({ hasText: 'nobody of that name' })).toHaveCount(1)
  await expect(tries.getByRole('link', { name: person.username })).toHaveCount(1)
  await press(page, button('Take it'))
  await expect(page.getByText(/Taken by Bea at night/)).toBeVisible()
  await press(page, button('Block 203.0.113.66 for a day'))
  await expectToHold(page, 'report-block')
  await page.keyboard.press('Escape')
  await expect(button('Block 203.0.113.66 for a day')).toBeFocused()
  await page.keyboard.press('Enter')
  await type(page, dialog.getByLabel('Why, for the audit log'), 'Asks again and again')
  await press(page, button('Block 203.0.113.66, 24 h'))
  await expect(page.getByText(/203\.0\.113\.66 is blocked until/)).toBeVisible()
  await expect(dialog).toBeHidden()
  await press(page, button('Let push reach them again'))
  await press(page, button(`Let push reach ${person.username} again`))
  await press(page, button('Pause push for an hour'))
  await press(page, button('Pause push for 1 person, 1 h'))
  await expect(button('Let push reach them again')).toBeVisible()
  await press(page, button('End the temporary passcode'))
  await press(page, button(`End ${person.username}’s passcode`))
  await expect(page.getByText(/Since then they were given/)).toBeHidden()
  await type(page, page.getByLabel('What you found out'), 'She was asleep.')
  await press(page, button('Save the note'))
  await expect(page.getByText('She was asleep.')).toBeVisible()
  await expectToHold(page, 'report')
  await press(page, button('Close the report'))
  await expect(page.getByText(/Closed by Bea at night/)).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await press(page, page.getByRole('link', { name: 'All reports' }))
  await expect(page.getByText('No report is open.').or(page.getByRole('table'))).toBeVisible()
  await expect(page.getByRole('link', { name: person.username })).toBeHidden()
})

test('by the keyboard alone: every door says whether it is open and where it is set up, and every token whose it is', async ({
  operator,
  harbour,
  device,
  person,
}) => {
  await harbour.ask(person.username)
  const { page } = await operator('help-desk', 'Bea at the doors')
  const place = (name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true })
  const row = (name: string) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) })
  await press(page, place('Doors'))
  await expect(page.getByRole('heading', { level: 1, name: 'Doors' })).toBeFocused()
  await expect(row('REST API')).toContainText('Open')
  await expect(row('RadSec')).toContainText('COUNTERSIGN_RADSEC in the server’s settings opens it')
  await expect(row('Provisioning (SCIM)')).toContainText('Not shown to your role')
  await expect(row('Directory (LDAP)')).toContainText('No directory is set up')
  await expectToHold(page, 'doors')
  const doors = await downloaded(page, () => press(page, page.getByRole('button', { name: 'Save as CSV' })))
  expect(doors.name).toBe('doors.csv')
  expect(doors.text).toMatch(/\r\nREST API,Open,/)
  expect(doors.text).toMatch(/\r\nProvisioning \(SCIM\),Not shown to your role,/)
  await press(page, row('Directory (LDAP)').getByRole('link'))
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeFocused()

  await press(page, place('Tokens'))
  const whose = page.getByLabel('Find by person')
  await type(page, whose, 'nobody-of-that-name')
  await page.keyboard.press('Enter')
  await expect(page.getByText('No matching tokens.')).toBeVisible()
  await type(page, whose, person.username)
  await page.keyboard.press('Enter')
  const holder = page.getByRole('link', { name: person.username, exact: true })
  const token = page.getByRole('row').filter({ has: holder })
  await expect(token).toHaveCount(device.tokens.length)
  await expect(page).toHaveURL(new RegExp(`tokens\\?person=${person.username}$`))
  await expect(page.getByRole('link', { name: 'Save as CSV' })).toBeHidden()
  const suspended = page.getByRole('list', { name: 'Show only' }).getByRole('link', { name: 'Suspended' })
  await press(page, suspended)
  await expect(token).toHaveCount(0)
  await press(page, suspended)
  await press(page, holder)
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await expect(page.getByRole('heading', { level: 2, name: 'Tokens and devices' })).toBeVisible()
})

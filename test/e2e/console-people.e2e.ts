// The people of the directory under the hands of those who look after them.
import type { Page } from '@playwright/test'
import { expectToHold } from '../support/console-browser.ts'
import { PASSWORD } from './house.ts'
import { choose, pick, press, select, type } from './keyboard.ts'
import { expect, test } from './operator.ts'

const dialog = (page: Page) => page.getByRole('dialog')
const row = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) })

async function deed(page: Page, name: string, what: string): Promise<void> {
  await pick(page, page.getByRole('button', { name: `What to do with ${name}` }), what)
}

test('somebody new is added, put into a group, given a link, and activates a phone with it', async ({
  operator,
  newPhone,
}) => {
  const { page } = await operator('administrator')
  const place = (name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true })
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const inDialog = (name: string) => dialog(page).getByRole('button', { name, exact: true })
  await press(page, place('Groups'))
  await expect(page.getByRole('heading', { level: 1, name: 'Groups' })).toBeFocused()
  await press(page, button('Make a group'))
  await type(page, dialog(page).getByLabel('Name'), 'Night watch')
  await page.keyboard.press('Enter')
  await expect(row(page, 'Night watch')).toContainText('0 people')
  await expect(button('Make a group')).toBeFocused()
  await deed(page, 'Night watch', 'Rename')
  await type(page, dialog(page).getByLabel('Name'), 'Night shift <b>')
  await press(page, dialog(page).getByRole('button', { name: /^Rename/ }))
  await expect(row(page, 'Night shift <b>')).toContainText('0 people')
  await expect(button('What to do with Night shift <b>')).toBeFocused()
  await expectToHold(page, 'groups')

  await press(page, place('Users'))
  await press(page, button('Add a person'))
  await type(page, dialog(page).getByLabel('User name'), 'mei')
  await type(page, dialog(page).getByLabel('Name', { exact: true }), 'Mei van der Berg')
  await type(page, dialog(page).getByLabel('Mail'), 'nowhere')
  await press(page, inDialog('Add'))
  await expect(dialog(page).getByLabel('Mail')).toHaveAccessibleDescription('It must be a mail address.')
  await expect(dialog(page).getByLabel('Mail')).toBeFocused()
  await expectToHold(page, 'users-add')
  await type(page, dialog(page).getByLabel('Mail'), 'mei@example.org')
  await type(page, dialog(page).getByLabel('Password', { exact: true }), PASSWORD)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'mei' })).toBeFocused()
  await expect(page.getByRole('definition').filter({ hasText: /^Set$/ })).toBeVisible()

  await select(page, page.getByLabel('Add to a group'), 'Night shift <b>')
  await press(page, button('Add'))
  await expect(button('Remove mei from Night shift <b>')).toBeVisible()
  await expect(page.getByText('No token yet.')).toBeVisible()
  await expectToHold(page, 'person-new')

  await press(page, button('New link'))
  const enhanced = dialog(page).getByLabel('Approve on the notification is enough')
  await choose(page, enhanced)
  await expect(dialog(page).getByRole('alert')).toHaveText(/can’t be combined with a lock or a number/)
  await page.keyboard.press('Space')
  await expect(enhanced).not.toBeChecked()
  await type(page, dialog(page).getByLabel('Why?'), 'New here')
  await expectToHold(page, 'person-new-link')
  await press(page, inDialog('Make a link for mei'))
  const link = (await dialog(page).getByRole('status').textContent()) ?? ''
  await expectToHold(page, 'person-link')
  await press(page, inDialog('Done'))
  await expect(button('New link')).toBeFocused()
  await expect(page.getByText('Open until')).toBeVisible()

  const phone = await newPhone()
  await phone.enrol(link)
  await page.reload()
  await expect(page.getByText('Used', { exact: true })).toBeVisible()
  await expect(page.getByRole('table', { name: 'Tokens and devices' })).toContainText('A number of 2 digits')
  await expectToHold(page, 'person')

  // Found by a word of the name, and by the group.
  await page.keyboard.press('/')
  await page.keyboard.type('berg')
  await page.keyboard.press('Enter')
  await expect(row(page, 'mei')).toBeVisible()
  await type(page, page.getByLabel('Find a person'), '')
  await press(page, page.getByRole('link', { name: 'In Night shift <b>' }))
  await expect(page.getByRole('row')).toHaveCount(2)
  await expectToHold(page, 'users-in-group')
  await press(page, place('Groups'))
  await deed(page, 'Night shift <b>', 'Remove')
  await press(page, dialog(page).getByRole('button', { name: /^Remove Night shift <b>/ }))
  await expect(row(page, 'Night shift <b>')).toBeHidden()
  await expect(page.getByRole('heading', { level: 1, name: 'Groups' })).toBeFocused()
})

test('somebody is given a password and another name, suspended with a word why, resumed, given more time, and removed for good', async ({
  operator,
  person,
  harbour,
  installation,
}) => {
  const { page } = await operator('administrator')
  await page.goto(`${installation.publicOrigin}/console/users/${person.id}`)
  await press(page, page.getByRole('button', { name: 'Set a password' }))
  await type(page, dialog(page).getByLabel('New password', { exact: true }), 'a longer password')
  await expectToHold(page, 'person-password')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Set a password' })).toBeFocused()
  await press(page, page.getByRole('button', { name: 'Edit' }))
  await type(page, dialog(page).getByLabel('Name', { exact: true }), 'Alice <i>')
  // Meanwhile somebody else writes the same page: the second is told, and nothing of either is lost.
  await installation.command(['user', 'edit', person.username, '--email', 'alice@example.org'])
  await page.keyboard.press('Enter')
  await expect(dialog(page).getByRole('alert')).toHaveText(/Somebody else has changed this in the meantime/)
  await press(page, dialog(page).getByRole('button', { name: 'Cancel' }))
  await expect(page.getByText('alice@example.org')).toBeVisible()
  await press(page, page.getByRole('button', { name: 'Edit' }))
  await type(page, dialog(page).getByLabel('Name', { exact: true }), 'Alice <i>')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Alice <i>')).toBeVisible()
  await press(page, page.getByRole('button', { name: 'Suspend' }))
  await type(page, dialog(page).getByLabel('Why?'), 'left the office')
  await press(page, dialog(page).getByRole('button', { name: `Stop all sign-ins of ${person.username}` }))
  await expect(page.getByText('Suspended. Can’t sign in until resumed.')).toBeVisible()
  await expectToHold(page, 'person-suspended')
  await press(page, page.getByRole('button', { name: 'Resume' }))
  await press(page, dialog(page).getByRole('button', { name: `Let ${person.username} sign in` }))
  await expect(page.getByText('Suspended. Can’t sign in until resumed.')).toBeHidden()
  const moreTime = page.getByRole('button', { name: 'Change', exact: true })
  await press(page, moreTime)
  await choose(page, dialog(page).getByLabel('3 times as long'))
  await expectToHold(page, 'person-time')
  await press(page, dialog(page).getByRole('button', { name: `Save for ${person.username}` }))
  await expect(page.getByText('More time: 3 times as long')).toBeVisible()
  await expect(moreTime).toBeFocused()
  const remove = page.getByRole('button', { name: 'Remove', exact: true })
  await press(page, remove)
  await expect(dialog(page)).toContainText('This can’t be undone.')
  await page.keyboard.press('Escape')
  await expect(dialog(page)).toBeHidden()
  await expect(remove).toBeFocused()
  await page.keyboard.press('Enter')
  await press(page, dialog(page).getByRole('button', { name: `Remove ${person.username} for good` }))
  await expect(page.getByRole('heading', { level: 1, name: 'Users' })).toBeVisible()
  expect((await harbour.create(person.username)).status).toBe(404)
})

test('a device in a lake is removed by the help desk, and its owner finds out', async ({
  operator,
  person,
  enrolledPhone,
  installation,
}) => {
  const phone = await enrolledPhone()
  const { page } = await operator('help-desk')
  await page.goto(`${installation.publicOrigin}/console/users/${person.id}`)
  const table = page.getByRole('table', { name: 'Tokens and devices' })
  const device = (await table.getByRole('rowheader').locator('bdi').first().textContent()) ?? ''
  await expect(page.getByRole('button', { name: 'Remove', exact: true })).toBeHidden()
  await deed(page, device, 'Suspend')
  await type(page, dialog(page).getByLabel('Why?'), 'lost for an hour')
  await press(page, dialog(page).getByRole('button', { name: 'Suspend this token' }))
  await expect(table).toContainText('Suspended')
  await deed(page, device, 'Remove the device')
  await press(page, dialog(page).getByRole('button', { name: `Remove ${device} for good` }))
  await expect(dialog(page).getByRole('alert')).toHaveText('It must not be empty.')
  await type(page, dialog(page).getByLabel('Why?'), 'in a lake')
  await expectToHold(page, 'person-remove-device')
  await press(page, dialog(page).getByRole('button', { name: `Remove ${device} for good` }))
  await expect(table).toContainText('Removed')
  const app = await phone.open()
  await expect(app.getByText('This device was removed by your organisation.')).toBeVisible()
})

for (const [script, username, name, group] of [
  ['without a space', `${'w'.repeat(63)}9`, 'M'.repeat(128), 'x'.repeat(64)],
  ['from right to left', 'ליאור.כהן', 'هيئة ميناء الإسكندرية '.repeat(5).trim(), 'נמל חיפה <b>'],
] as const)
  test(`names ${script} fit everywhere, and stand apart`, async ({ operator, installation }) => {
    const { command, publicOrigin } = installation
    await command(['user', 'add', username, '--name', name])
    await command(['group', 'add', group])
    await command(['group', 'join', group, username])
    await command(['app', 'add', group])
    const { page } = await operator('administrator')
    await page.goto(`${publicOrigin}/console/groups`)
    await expect(row(page, group)).toContainText('1 person')
    await expectToHold(page, 'names-groups')
    for (const [place, named] of [
      ['users', username],
      ['applications', group],
    ] as const) {
      await page.goto(`${publicOrigin}/console/${place}`)
      await expect(page.getByRole('link', { name: named, exact: true })).toBeVisible()
      await expectToHold(page, `names-${place}`)
      await page.getByRole('link', { name: named, exact: true }).click()
      await expect(page.getByRole('heading', { level: 1, name: named })).toBeVisible()
      await expectToHold(page, `names-${place}-one`)
    }
  })

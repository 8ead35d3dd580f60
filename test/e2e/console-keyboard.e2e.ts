// The console without a mouse: what operators do most, by Tab, Enter, arrows and Escape alone.
import type { Page } from '@playwright/test'
import { WireDevice } from '../support/wire-device.ts'
import { pick, press, type } from './keyboard.ts'
import { expect, test } from './operator.ts'

const dialog = (page: Page) => page.getByRole('dialog')

test('by the keyboard alone: somebody is added, linked, suspended and removed; a policy is written', async ({
  operator,
}) => {
  const { page } = await operator('administrator')
  const place = (name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true })

  await press(page, place('Users'))
  await press(page, page.getByRole('button', { name: 'Add a person' }))
  await type(page, dialog(page).getByLabel('User name'), 'noor')
  await type(page, dialog(page).getByLabel('Mail'), 'noor@example.org')
  await press(page, dialog(page).getByRole('button', { name: 'Add', exact: true }))
  await expect(page.getByRole('heading', { level: 1, name: 'noor' })).toBeVisible()

  await press(page, page.getByRole('button', { name: 'New link' }))
  await type(page, dialog(page).getByLabel('Why?'), 'new here')
  await press(page, dialog(page).getByRole('button', { name: 'Make a link for noor' }))
  await expect(dialog(page).getByRole('status')).toContainText('/enrol#')
  await press(page, dialog(page).getByRole('button', { name: 'Done' }))
  await expect(dialog(page)).toBeHidden()
  await expect(page.getByText('Open until')).toBeVisible()

  await press(page, page.getByRole('button', { name: 'Suspend' }))
  await type(page, dialog(page).getByLabel('Why?'), 'on leave')
  await press(page, dialog(page).getByRole('button', { name: 'Stop all sign-ins of noor' }))
  await expect(page.getByText('Suspended. Signs in nowhere until resumed.')).toBeVisible()
  await press(page, page.getByRole('button', { name: 'Remove', exact: true }))
  await page.keyboard.press('Escape')
  await expect(dialog(page)).toBeHidden()
  await expect(page.getByRole('button', { name: 'Remove', exact: true })).toBeFocused()
  await page.keyboard.press('Enter')
  await press(page, dialog(page).getByRole('button', { name: 'Remove noor for good' }))
  await expect(page.getByRole('heading', { level: 1, name: 'Users' })).toBeVisible()

  await press(page, place('Policies'))
  await press(page, page.getByRole('link', { name: 'The organisation' }))
  await press(page, page.getByRole('button', { name: 'Start from' }))
  await expect(page.getByRole('menuitem').first()).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await press(page, page.getByRole('button', { name: 'Look at the changes' }))
  await press(page, dialog(page).getByRole('button', { name: 'Save the policy of the organisation' }))
  await expect(page.getByText('Version 1', { exact: true })).toBeVisible()
  await press(page, page.getByRole('button', { name: 'Undo this change' }))
  await press(page, dialog(page).getByRole('button', { name: 'Bring back version 0 for the organisation' }))
  await expect(page.getByText('Version 2', { exact: true })).toBeVisible()
})

test('by the keyboard alone: a report is taken and closed, and a device removed', async ({
  operator,
  harbour,
  installation,
  person,
}) => {
  const { code } = await installation.command<{ code: string }>(['enrol', person.username])
  const device = await new WireDevice(installation.wire).enrol(code)
  const asked = await harbour.ask(person.username, { context: { ip: '203.0.113.77' } })
  await device.decide((await device.request(asked.id)).body, 'report')
  const { page } = await operator('administrator')

  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Reports' }))
  await press(page, page.getByRole('link', { name: person.username }))
  await expect(page.getByText('203.0.113.77').first()).toBeVisible()
  await press(page, page.getByRole('button', { name: 'Take it' }))
  await type(page, page.getByLabel('What you found out'), 'Called back.')
  await press(page, page.getByRole('button', { name: 'Keep the note' }))
  await expect(page.getByText('Called back.')).toBeVisible()
  await press(page, page.getByRole('button', { name: 'Close the report' }))
  await expect(page.getByText(/Closed by /)).toBeVisible()

  await page.keyboard.press('/')
  await page.keyboard.type(person.username)
  await page.keyboard.press('Enter')
  await press(page, page.getByRole('link', { name: person.username }))
  await pick(page, page.getByRole('button', { name: /^What to do with / }), 'Remove the device')
  await type(page, dialog(page).getByLabel('Why?'), 'in a lake')
  await press(page, dialog(page).getByRole('button', { name: /^Remove .* for good$/ }))
  await expect(page.getByRole('table', { name: 'Tokens and devices' })).toContainText('Removed')
})

// What the organisation asks of sign-ins, written by two operators at once, taken back, and explained.
import type { Page } from '@playwright/test'
import { expectToHold } from '../support/console-browser.ts'
import { WireApplication } from '../support/wire-application.ts'
import { WireDevice } from '../support/wire-device.ts'
import { expect, test } from './operator.ts'

const dialog = (page: Page) => page.getByRole('dialog')

test('a policy is written from a preset, contested, undone, and explained to somebody who asks why', async ({
  operator,
  person,
  installation,
}) => {
  const added = await installation.command<{ id: string; apiKey: string }>(['app', 'add', 'Lighthouse <b>'])
  const lighthouse = new WireApplication(installation.wire, added.apiKey)
  const { code } = await installation.command<{ code: string }>(['enrol', person.username])
  await new WireDevice(installation.wire).enrol(code)
  const administrator = await operator('administrator')
  const { page } = administrator

  await administrator.go('Policies')
  await expect(page.getByRole('row', { name: /The organisation Everybody/ })).toBeVisible()
  await page.getByLabel('Write one for').selectOption('Lighthouse <b>')
  await page.getByRole('button', { name: 'Write it' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Policy of Lighthouse <b>' })).toBeFocused()

  // From a preset, and a line of one's own; what is no number is not sent.
  await page.getByRole('button', { name: 'Start from' }).click()
  await page.getByRole('menuitem', { name: 'NIST SP 800-63B-4, AAL2' }).click()
  await expect(page.getByLabel('Digits of the number')).toHaveValue('6')
  await page.getByLabel('Time to answer', { exact: true }).fill('5')
  await expect(page.getByRole('alert')).toHaveText('A whole number from 20 to 600, or nothing.')
  await expect(page.getByRole('button', { name: 'Look at the changes' })).toHaveAttribute('aria-disabled')
  await page.getByLabel('Time to answer', { exact: true }).fill('90')
  await page.getByRole('button', { name: 'Add hours' }).click()
  await page.getByRole('checkbox', { name: 'Sat' }).check()
  await page.getByRole('checkbox', { name: 'Sun' }).check()
  await page.getByLabel('From', { exact: true }).fill('00:00')
  await page.getByLabel('Until', { exact: true }).fill('00:00')
  await expectToHold(page, 'policy')

  // Who would be stopped is told before it is saved, and the button says how far it reaches.
  await page.getByRole('button', { name: 'Look at the changes' }).click()
  await expect(dialog(page).getByText(person.username)).toBeVisible()
  await expectToHold(page, 'policy-save')
  await dialog(page).getByRole('button', { name: 'Cancel' }).click()
  await page.getByLabel('Tokens that are asked').selectOption('All')

  // Meanwhile somebody else writes the same policy: nothing of either is lost.
  await installation.command(['policy', 'set', added.id, '--policy', '{"numberDigits":3,"devices":4}'])
  await page.getByRole('button', { name: 'Look at the changes' }).click()
  await dialog(page).getByRole('button', { name: 'Save the policy of Lighthouse <b>' }).click()
  await expect(page.getByText('Somebody else saved version 1 meanwhile.')).toBeVisible()
  await expectToHold(page, 'policy-conflict')
  await page.getByRole('button', { name: 'Go on with mine' }).click()
  await page.getByRole('button', { name: 'Look at the changes' }).click()
  await dialog(page).getByRole('button', { name: 'Save the policy of Lighthouse <b>' }).click()
  await expect(page.getByText('Version 2', { exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Bring back version 1' }).click()
  await dialog(page).getByRole('button', { name: 'Bring back version 1 for Lighthouse <b>' }).click()
  await expect(page.getByText('Version 3', { exact: true })).toBeVisible()
  await expect(page.getByLabel('Digits of the number')).toHaveValue('3')
  await page.getByRole('button', { name: 'Undo this change' }).click()
  await dialog(page).getByRole('button', { name: 'Bring back version 2 for Lighthouse <b>' }).click()
  await expect(page.getByText('Version 4', { exact: true })).toBeVisible()
  await expect(page.getByLabel('Digits of the number')).toHaveValue('6')

  // What holds there, and why.
  await page.getByRole('link', { name: 'All policies' }).click()
  await page.getByLabel('User name').fill(person.username)
  await page.getByLabel('Signing in to').selectOption('Lighthouse <b>')
  await page.getByRole('button', { name: 'Show' }).click()
  const held = page.getByRole('table', { name: 'What holds' })
  await expect(held.getByRole('row', { name: /^Time to answer 90 seconds Lighthouse <b>/ })).toBeVisible()
  await expect(
    held.getByRole('row', { name: /^Devices of one person, at most 10 The server’s own limit/ }),
  ).toBeVisible()
  await expectToHold(page, 'policies-why')

  // And it does: six digits, and the time that was given.
  const created = await lighthouse.ask(person.username)
  expect(created.number).toMatch(/^\d{6}$/)
  expect(Date.parse(created.expiresAt) - Date.parse(created.createdAt)).toBe(90_000)
})

// What the organisation asks of sign-ins, written by two operators at once, taken back, and explained: without a mouse.
import type { Page } from '@playwright/test'
import { expectToHold } from '../support/console-browser.ts'
import { WireApplication } from '../support/wire-application.ts'
import { choose, pick, press, select, type } from './keyboard.ts'
import { expect, test } from './operator.ts'

const dialog = (page: Page) => page.getByRole('dialog')

test('a policy is written from a preset, contested, undone, and explained to somebody who asks why', async ({
  operator,
  person,
  device,
  installation,
}) => {
  expect(device.tokens).toHaveLength(1)
  const added = await installation.command<{ id: string; apiKey: string }>(['app', 'add', 'Lighthouse <b>'])
  const lighthouse = new WireApplication(installation.wire, added.apiKey)
  const { page } = await operator('administrator')
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const inDialog = (name: string) => dialog(page).getByRole('button', { name, exact: true })

  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Policies' }))
  await expect(page.getByRole('row', { name: /The organisation Everybody/ })).toBeVisible()
  await select(page, page.getByLabel('Write one for'), 'Lighthouse <b>')
  await press(page, button('Write it'))
  await expect(page.getByRole('heading', { level: 1, name: 'Policy of Lighthouse <b>' })).toBeFocused()

  // From a preset, and a line of one's own; what is no number is not sent.
  await pick(page, button('Start from a preset'), 'NIST SP 800-63B-4, AAL2')
  await expect(page.getByLabel('Digits of the number')).toHaveValue('6')
  // What no application has a say in is not taken from the preset, and that is said.
  await expect(page.getByText(/^Left out, because it applies/)).toContainText('Activation links by mail')
  await type(page, page.getByLabel('Time to answer', { exact: true }), '5')
  await expect(page.getByRole('alert')).toHaveText('A whole number from 20 to 600, or empty.')
  await expect(button('Review changes')).toHaveAttribute('aria-disabled')
  await type(page, page.getByLabel('Time to answer', { exact: true }), '90')
  await press(page, button('Add hours'))
  await choose(page, page.getByRole('checkbox', { name: 'Sat' }))
  await choose(page, page.getByRole('checkbox', { name: 'Sun' }))
  await type(page, page.getByLabel('From', { exact: true }), '00:00')
  await type(page, page.getByLabel('Until', { exact: true }), '00:00')
  await expectToHold(page, 'policy')

  // Who would be stopped is told before it is saved, and the button says how far it reaches.
  await press(page, button('Review changes'))
  await expect(dialog(page).getByText(person.username)).toBeVisible()
  await expectToHold(page, 'policy-save')
  await page.keyboard.press('Escape')
  await expect(button('Review changes')).toBeFocused()
  await select(page, page.getByLabel('Tokens that are asked'), 'All')

  // Meanwhile somebody else writes the same policy: nothing of either is lost.
  await installation.command(['policy', 'set', added.id, '--policy', '{"numberDigits":3}'])
  await press(page, button('Review changes'))
  await press(page, inDialog('Save the policy of Lighthouse <b>'))
  await expect(page.getByText('Somebody else has saved version 1 in the meantime.')).toBeVisible()
  await expectToHold(page, 'policy-conflict')
  await press(page, button('Continue with mine'))
  await press(page, button('Review changes'))
  await press(page, inDialog('Save the policy of Lighthouse <b>'))
  await expect(page.getByText('Version 2', { exact: true })).toBeVisible()
  await press(page, button('Bring back version 1'))
  await press(page, inDialog('Bring back version 1 for Lighthouse <b>'))
  await expect(page.getByText('Version 3', { exact: true })).toBeVisible()
  await expect(page.getByLabel('Digits of the number')).toHaveValue('3')
  await press(page, button('Undo this change'))
  await press(page, inDialog('Bring back version 2 for Lighthouse <b>'))
  await expect(page.getByText('Version 4', { exact: true })).toBeVisible()
  await expect(page.getByLabel('Digits of the number')).toHaveValue('6')

  // What holds there, and why.
  await press(page, page.getByRole('link', { name: 'All policies' }))
  await type(page, page.getByLabel('User name'), person.username)
  await select(page, page.getByLabel('Signing in to'), 'Lighthouse <b>')
  await press(page, button('Show'))
  const held = page.getByRole('table', { name: 'What applies' })
  await expect(held.getByRole('row', { name: /^Time to answer 90 seconds Lighthouse <b>/ })).toBeVisible()
  await expect(
    held.getByRole('row', { name: /^Devices of one person, at most 10 The server’s own limit/ }),
  ).toBeVisible()
  await expectToHold(page, 'policies-why')

  // And it does: six digits, and the time that was given.
  const created = await lighthouse.ask(person.username)
  expect(created.number).toMatch(/^\d{6}$/)
  expect(Date.parse(created.expiresAt) - Date.parse(created.createdAt)).toBe(90_000)

  // However long its history is, each version is on one of the pages.
  const older = Array.from({ length: 100 }, (_, n) => ({
    ...{ scope: added.id as never, version: 5 + n, document: `{"numberDigits":${n % 2 === 0 ? 3 : 6}}` },
    ...{ actor_id: null, actor_name: 'Bea', created_at: Date.now() },
  }))
  await installation.store.write((tx) => tx.insertInto('policy_versions').values(older).execute())
  await page.goBack()
  const versions = page.getByRole('table', { name: 'Versions' }).getByRole('rowheader')
  await expect(versions).toHaveCount(100)
  await expect(
    page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: '5', exact: true }) }),
  ).toContainText('…')
  await expectToHold(page, 'policy-history')
  await press(page, button('Show more'))
  await expect(versions).toHaveCount(104)
})

test('what the server refuses of a policy stands at the field it is about, which has the focus', async ({
  operator,
}) => {
  const { page } = await operator('administrator')
  const review = page.getByRole('button', { name: 'Review changes' })
  await page.getByRole('navigation').getByRole('link', { name: 'Policies' }).click()
  await page.getByRole('link', { name: 'The organisation' }).click()
  const networks = page.getByLabel('Networks where the password is enough')
  await networks.fill('10.0.0.0/8\neverywhere')
  await page.getByRole('button', { name: 'Add hours' }).click()
  const zone = page.getByLabel('Time zone')
  await zone.fill('Atlantis')
  await review.click()
  await expect(networks).toHaveAccessibleDescription(/^Line 2 must be a network/)
  await expect(networks).toBeFocused()
  await expect(zone).toHaveAccessibleDescription('It must be a time zone, as Europe/Amsterdam.')
  await expect(page.getByRole('link', { name: 'Policies', exact: true })).toHaveAttribute('aria-current', 'true')
  await expect(dialog(page)).toBeHidden()
  await expectToHold(page, 'policy-refused')
  await networks.fill('10.0.0.0/8')
  await zone.fill('Europe/Amsterdam')
  await expect(page.getByRole('alert')).toHaveCount(0)
  // What can't go together, at the first of the two.
  const approving = page.getByLabel('Approving')
  await approving.selectOption('On the notification too, where the token allows it')
  await page.getByLabel('Number matching').selectOption({ index: 1 })
  await review.click()
  const apart = /can’t be combined|cannot be combined|together/
  await expect(approving).toHaveAccessibleDescription(apart)
  await expect(approving).toBeFocused()
  // It is the other one that is changed.
  await page.getByLabel('Number matching').selectOption({ index: 0 })
  await review.click()
  await expect(dialog(page)).toBeVisible()
  await expect(approving).not.toHaveAccessibleDescription(apart)
})

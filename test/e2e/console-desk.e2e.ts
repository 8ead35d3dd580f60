// Somebody is on the telephone: the help desk finds out whether it is them, and helps, by the keyboard alone.
import type { Page } from '@playwright/test'
import { expectToHold } from '../support/console-browser.ts'
import { choose, press, type } from './keyboard.ts'
import { expect, test } from './operator.ts'
import { pressApprove, sheet } from './phone.ts'

const dialog = (page: Page) => page.getByRole('dialog')

test('a caller is taken for somebody who then takes it back: both the help desk and the device say what had happened', async ({
  operator,
  person,
  enrolledPhone,
  installation,
}) => {
  const phone = await enrolledPhone()
  const { page } = await operator('help-desk')
  await page.goto(`${installation.publicOrigin}/console/users/${person.id}`)
  await press(page, page.getByRole('button', { name: 'Verify caller', exact: true }))
  await type(page, dialog(page).getByLabel('What are they calling about?'), 'A new phone')
  await press(page, dialog(page).getByRole('button', { name: `Ask the device of ${person.username}`, exact: true }))
  const number =
    (await dialog(page)
      .getByText(/^\d\d$/)
      .textContent()) ?? ''
  const notification = await phone.told('Are you talking to Harbour’s help desk?')
  const app = await phone.opens(() => phone.tray.pressBody(notification))
  await sheet(app)
    .getByLabel(/Type the number/)
    .fill(number)
  await pressApprove(app, sheet(app).getByRole('button', { name: 'Done' }))
  await expect(dialog(page).getByText(`It is ${person.username}. The number was typed on their device.`)).toBeVisible()
  await sheet(app).getByRole('button', { name: 'I shouldn’t have approved this' }).click()
  await expect(sheet(app).getByText('Reported. Somebody had already been confirmed as you.')).toBeVisible()
  await expect(
    dialog(page).getByText(`Reported: ${person.username} says that they are not calling. Hang up.`),
  ).toBeVisible()
  await page.goto(`${installation.publicOrigin}/console/reports`)
  await expect(page.getByRole('row').filter({ hasText: person.username })).toContainText(
    'A caller was confirmed as them',
  )
  await expectToHold(page, 'reports-caller')
})

test('a caller is verified by the number, a lock is lifted, and a passcode is given, and they move to a new phone', async ({
  operator,
  person,
  enrolledPhone,
  installation,
  harbour,
}) => {
  const phone = await enrolledPhone()
  for (let n = 0; n < 10; n++) await harbour.verify(person.username, '1')
  const { page } = await operator('help-desk')
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const inDialog = (name: string) => dialog(page).getByRole('button', { name, exact: true })
  await page.goto(`${installation.publicOrigin}/console/users/${person.id}`)
  await expect(page.getByText('Locked until')).toBeVisible()
  await expectToHold(page, 'desk')

  await press(page, button('Lift lock'))
  await expect(dialog(page).getByRole('heading')).toBeFocused()
  await type(page, dialog(page).getByLabel('Why?'), 'Fat fingers')
  await press(page, inDialog(`Let ${person.username} type passcodes again`))
  await expect(page.getByText('Not locked')).toBeVisible()
  // The button is gone; whoever pressed it is not sent to the top of the page.
  await expect(page.getByRole('heading', { name: 'Help desk' })).toBeFocused()
  await phone.told(`The help desk has let ${person.username} type passcodes again`)

  await press(page, button('Verify caller'))
  await type(page, dialog(page).getByLabel('What are they calling about?'), 'A new phone')
  await press(page, inDialog(`Ask the device of ${person.username}`))
  const number = dialog(page).getByText(/^\d\d$/)
  await expect(number).toBeVisible()
  await expectToHold(page, 'desk-caller')
  const notification = await phone.told('Are you talking to Harbour’s help desk?')
  const app = await phone.opens(() => phone.tray.pressBody(notification))
  await sheet(app)
    .getByLabel(/Type the number/)
    .fill((await number.textContent()) ?? '')
  await pressApprove(app, sheet(app).getByRole('button', { name: 'Done' }))
  await expect(dialog(page).getByText(`It is ${person.username}. The number was typed on their device.`)).toBeVisible()
  await expectToHold(page, 'desk-verified')
  await press(page, inDialog('Done'))
  await expect(button('Verify caller')).toBeFocused()

  await press(page, button('Temporary passcode'))
  await choose(page, dialog(page).getByLabel('Every sign-in for 4 hours'))
  await choose(page, dialog(page).getByLabel('One sign-in, within an hour'))
  await type(page, dialog(page).getByLabel('Why?'), 'Their phone is in a lake')
  await expectToHold(page, 'desk-passcode')
  await press(page, inDialog(`Give ${person.username} a passcode`))
  const passcode = dialog(page).getByText(/^\d{4} \d{4}$/)
  const typed = (await passcode.textContent()) ?? ''
  await expectToHold(page, 'desk-passcode-given')
  await page.keyboard.press('Escape')
  await expect(button('Temporary passcode')).toBeFocused()
  await expect(page.getByText('Valid once, until')).toBeVisible()
  await phone.told(`The help desk has given a temporary passcode for ${person.username}`)
  expect((await harbour.verify(person.username, typed)).body).toMatchObject({ valid: true })
  expect((await harbour.verify(person.username, typed)).body).toMatchObject({ valid: false })

  await press(page, button('Move to a new device'))
  await type(page, dialog(page).getByLabel('Why?'), 'A new phone')
  await expectToHold(page, 'desk-move')
  await press(page, inDialog(`Make the link for ${person.username}`))
  await expect(dialog(page).getByText('The old device goes when the new one is ready.')).toBeVisible()
  await expectToHold(page, 'desk-move-link')
  await press(page, inDialog('Done'))
  await expect(button('Move to a new device')).toBeFocused()
  await expect(page.getByText(/replaces/)).toBeVisible()
  await phone.tray.next(({ summary }) => /A link was made to move .* to a new device/.test(summary))
})

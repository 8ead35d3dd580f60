// Somebody is on the telephone: the help desk finds out whether it is them, and helps.
import type { Page } from '@playwright/test'
import { expectToHold } from '../support/console-browser.ts'
import { expect, test } from './operator.ts'
import { pressApprove, sheet } from './phone.ts'

const dialog = (page: Page) => page.getByRole('dialog')

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
  await page.goto(`${installation.publicOrigin}/console/users/${person.id}`)
  await expect(page.getByText('Locked until')).toBeVisible()
  await expectToHold(page, 'desk')

  await page.getByRole('button', { name: 'Lift the lock' }).click()
  await dialog(page).getByLabel('Why?').fill('Fat fingers')
  await dialog(page)
    .getByRole('button', { name: `Let ${person.username} type passcodes again` })
    .click()
  await expect(page.getByText('Not locked')).toBeVisible()
  await phone.told(`The help desk has let ${person.username} type passcodes again`)

  await page.getByRole('button', { name: 'Verify caller' }).click()
  await dialog(page).getByLabel('What are they calling about?').fill('A new phone')
  await dialog(page)
    .getByRole('button', { name: `Ask the device of ${person.username}` })
    .click()
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
  await dialog(page).getByRole('button', { name: 'Done' }).click()

  await page.getByRole('button', { name: 'Temporary passcode' }).click()
  await dialog(page).getByLabel('Why?').fill('Their phone is in a lake')
  await expectToHold(page, 'desk-passcode')
  await dialog(page)
    .getByRole('button', { name: `Give ${person.username} a passcode` })
    .click()
  const passcode = dialog(page).getByText(/^\d{4} \d{4}$/)
  const typed = (await passcode.textContent()) ?? ''
  await expectToHold(page, 'desk-passcode-given')
  await dialog(page).getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText('Good once, until')).toBeVisible()
  await phone.told(`The help desk has given a temporary passcode for ${person.username}`)
  expect((await harbour.verify(person.username, typed)).body).toMatchObject({ valid: true })
  expect((await harbour.verify(person.username, typed)).body).toMatchObject({ valid: false })

  await page.getByRole('button', { name: 'Move to a new device' }).click()
  await dialog(page).getByLabel('Why?').fill('A new phone')
  await expectToHold(page, 'desk-move')
  await dialog(page)
    .getByRole('button', { name: `Make the link for ${person.username}` })
    .click()
  await expect(dialog(page).getByText('The old device goes when the new one is ready.')).toBeVisible()
  await expectToHold(page, 'desk-move-link')
  await dialog(page).getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText(/in the place of/)).toBeVisible()
  await phone.tray.next(({ summary }) => /A link was made to move .* to a new one/.test(summary))
})

// Somebody looks after their own account, and gets in again without any device.
import { violations } from '../support/axe.ts'
import { expect, PASSWORD } from './house.ts'
import { press, type } from './keyboard.ts'
import { lookAt } from './screens/look.ts'
import { SignIn, test } from './sign-in.ts'

test('by the keyboard alone: a person signs in to their account, makes recovery codes, changes the password, reports a sign-in and loses a device', async ({
  computer,
  computers,
  enrolledPhone,
  harbour,
  installation,
  person,
  site,
}) => {
  const phone = await enrolledPhone({ numberMatching: false, approval: 'enhanced' })
  const page = await computer.newPage()
  await page.goto(`${installation.publicOrigin}/account`)
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const codes = page.locator('ol code')
  await press(page, button('Sign in'))
  await type(page, page.getByLabel('User name'), person.username)
  await type(page, page.getByLabel('Password', { exact: true }), PASSWORD)
  await page.keyboard.press('Enter')
  await press(page, button('Submit'))
  await phone.tray.press(await phone.tray.next(({ summary }) => summary.startsWith('Sign in to')), 'Approve')
  await expect(page.getByRole('heading', { name: 'Devices' })).toBeVisible()
  await expect(page.getByText(/^Last used /)).toBeVisible()
  await press(page, button('Make new codes'))
  await expect(codes).toHaveCount(10)
  const [former = ''] = await codes.allTextContents()
  await press(page, button('Make new codes'))
  await expect(codes.first()).not.toHaveText(former)
  const [code = '', other = ''] = await codes.allTextContents()
  await type(page, page.getByLabel('Current password', { exact: true }), PASSWORD)
  await type(page, page.getByLabel('New password', { exact: true }), 'shorter')
  await press(page, button('Change password'))
  await expect(page.getByText('A password has at least 8 characters.')).toBeVisible()
  await type(page, page.getByLabel('New password', { exact: true }), 'a longer password')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Your password was changed.')).toBeVisible()
  await type(page, page.getByLabel('First address'), 'nowhere')
  await page.keyboard.press('Enter')
  await expect(page.getByText('One of these is not a mail address.')).toBeVisible()
  await type(page, page.getByLabel('First address'), 'alice@home.example')
  await press(page, button('Save addresses'))
  await expect(page.getByText('Saved')).toBeVisible()
  for (const [name, width, colorScheme] of [
    ['wide', 1280, 'light'],
    ['narrow', 360, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // Colours on their way to the other scheme are nobody's colours.
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)))
    const found = await violations(page)
    expect(found.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    await page.screenshot({ path: `test/out/screens/account-${name}.png`, fullPage: true })
  }

  const { id } = await harbour.ask(person.username)
  await harbour.cancel(id)
  await page.reload()
  const asked = page.getByRole('listitem').filter({ hasText: 'Harbour: cancelled' })
  await press(page, asked.getByRole('button', { name: 'It wasn’t me!' }))
  await expect(asked).toContainText('Reported')
  await expect(asked.getByRole('button')).toBeHidden()
  const lost = page.getByRole('button', { name: 'I lost' })
  await press(page, lost)
  await page.keyboard.press('Escape')
  await expect(lost).toBeFocused()
  await page.keyboard.press('Enter')
  await press(page, page.getByRole('dialog').getByRole('button', { name: 'Remove it now' }))
  await expect(page.getByText('No device can approve your sign-ins.')).toBeVisible()
  await press(page, button('Sign out'))
  await expect(button('Sign in')).toBeVisible()

  // Without any device a recovery code is the way in, once.
  const context = await computers.newContext({ viewport: { width: 412, height: 839 } })
  const signIn = await SignIn.at(site, context)
  await signIn.password(person.username, 'a longer password')
  await signIn.page.getByText('New or lost device?').click()
  await signIn.page.getByLabel('Recovery code').fill(former)
  await signIn.button('Sign in with this code').click()
  await expect(signIn.page.getByText('That didn’t work. Is it a code you have not used yet?')).toBeVisible()
  await lookAt(signIn.page, 'login-recovery')
  await signIn.page.getByLabel('Recovery code').fill(code)
  await signIn.button('Sign in with this code').click()
  await expect(signIn.heading(`Welcome aboard, ${person.username}`)).toBeVisible()
  await context.close()
  const again = await computers.newContext()
  const second = await SignIn.at(site, again)
  await second.password(person.username, 'a longer password')
  await second.page.getByText('New or lost device?').click()
  for (const [typed, works] of [
    [code, false],
    [other, true],
  ] as const) {
    await second.page.getByLabel('Recovery code').fill(typed)
    await second.button('Sign in with this code').click()
    if (!works) await expect(second.page.getByText(/That didn’t work/)).toBeVisible()
  }
  await expect(second.heading(`Welcome aboard, ${person.username}`)).toBeVisible()
  await again.close()
})

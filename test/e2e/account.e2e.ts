// Somebody looks after their own account: on the road of the login page, by a mouse and a keyboard.
import { AxeBuilder } from '@axe-core/playwright'
import { expect, PASSWORD } from './house.ts'
import { lookAt } from './screens/look.ts'
import { SignIn, test } from './sign-in.ts'

test('a person signs in to their account, makes recovery codes, changes the password and loses a device', async ({
  computer,
  computers,
  enrolledPhone,
  installation,
  person,
  site,
}) => {
  const phone = await enrolledPhone({ numberMatching: false, approval: 'enhanced' })
  const page = await computer.newPage()
  await page.goto(`${installation.publicOrigin}/account`)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('User name').fill(person.username)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Submit' }).click()
  await phone.tray.press(await phone.tray.next(({ summary }) => summary.startsWith('Sign in to')), 'Approve')
  await expect(page.getByRole('heading', { name: 'Devices' })).toBeVisible()
  await page.getByRole('button', { name: 'Make new codes' }).click()
  await expect(page.locator('ol code')).toHaveCount(10)
  const [code = '', other = ''] = await page.locator('ol code').allTextContents()
  await page.getByLabel('Password until now', { exact: true }).fill(PASSWORD)
  await page.getByLabel('New password', { exact: true }).fill('a longer password')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByText('Your password was changed.')).toBeVisible()
  for (const [name, width, colorScheme] of [
    ['wide', 1280, 'light'],
    ['narrow', 360, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // Colours on their way to the other scheme are nobody's colours.
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)))
    const found = await new AxeBuilder({ page }).analyze()
    expect(found.violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    await page.screenshot({ path: `test/out/screens/account-${name}.png`, fullPage: true })
  }
  await page.getByRole('button', { name: 'I have lost' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove it now' }).click()
  await expect(page.getByText('No device can approve your sign-ins.')).toBeVisible()

  // Without any device a recovery code is the way in, once.
  const context = await computers.newContext({ viewport: { width: 412, height: 839 } })
  const signIn = await SignIn.at(site, context)
  await signIn.password(person.username, 'a longer password')
  await signIn.page.getByText('New or lost device?').click()
  await signIn.page.getByLabel('Recovery code').fill('0000-0000-0000-0000')
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

// Somebody looks after their own account, and gets in again without any device.
import { randomBytes } from 'node:crypto'
import { newId } from '../../protocol/ids.ts'
import { expectToHold } from '../support/console-browser.ts'
import { expect, PASSWORD } from './house.ts'
import { press, type } from './keyboard.ts'
import { lookAt } from './screens/look.ts'
import { SignIn, test } from './sign-in.ts'

const random = (length: number) => new Uint8Array(randomBytes(length))

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
  const codes = page.locator('main ol code')
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
  // On paper they stand alone, with what they are for and whose they are.
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByRole('main')).toBeHidden()
  const paper = page.locator('.paper')
  await expect(paper.getByRole('listitem')).toHaveText(await codes.allTextContents())
  await expect(paper).toContainText(`${person.username} at Harbour`)
  await expect(paper).toContainText(new URL(installation.publicOrigin).host)
  await page.emulateMedia({ media: null })
  await expect(paper).toBeHidden()
  await press(page, button('Make new codes'))
  await expect(page.getByRole('dialog')).toContainText('The 10 codes you have left stop working at once.')
  await press(page, button('Replace them'))
  await expect(codes.first()).not.toHaveText(former)
  await type(page, page.getByLabel('Current password', { exact: true }), PASSWORD)
  await type(page, page.getByLabel('New password', { exact: true }), 'shorter')
  await press(page, button('Change password'))
  await expect(page.getByText('A password has at least 8 characters.')).toBeVisible()
  const next = page.getByLabel('New password', { exact: true })
  await type(page, next, 'password')
  await page.keyboard.press('Enter')
  await expect(next).toHaveAccessibleDescription(/is easily guessed\. Choose another one\.$/)
  await expect(next).toBeFocused()
  await expect(page.getByLabel('Current password', { exact: true })).not.toHaveAttribute('aria-invalid')
  await type(page, next, 'a longer password')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Your password was changed.')).toBeVisible()
  await type(page, page.getByLabel('First address'), 'nowhere')
  await page.keyboard.press('Enter')
  await expect(page.getByText('One of these is not a mail address.')).toBeVisible()
  await type(page, page.getByLabel('First address'), 'alice@home.example')
  await press(page, button('Save addresses'))
  await expect(page.getByText('Saved')).toBeVisible()
  // Replaced in another window, those that were made here are shown no longer.
  await page.evaluate(madeElsewhere)
  await press(page, button('Save addresses'))
  await expect(codes).toHaveCount(0)
  await press(page, button('Make new codes'))
  await press(page, button('Replace them'))
  await expect(codes).toHaveCount(10)
  const [code = '', other = '', third = ''] = await codes.allTextContents()
  await expectToHold(page, 'account')

  const { id } = await harbour.ask(person.username)
  await harbour.cancel(id)
  // Another token on the device, which somebody has suspended; and codes are made worthless by a policy.
  await installation.store.write(async (tx) => {
    const { id: user } = await tx
      .selectFrom('users')
      .select('id')
      .where('username', '=', person.username)
      .executeTakeFirstOrThrow()
    const token = await tx.selectFrom('tokens').selectAll().where('user_id', '=', user).executeTakeFirstOrThrow()
    const another = { id: newId('tok', random), state: 'suspended', unlock: 'webauthn', last_used_at: null } as const
    await tx
      .insertInto('tokens')
      .values({ ...token, ...another })
      .execute()
  })
  const crew = `Crew of ${person.username}`
  const { id: group } = await installation.command<{ id: string }>(['group', 'add', crew])
  await installation.command(['group', 'join', crew, person.username])
  await installation.command(['policy', 'set', group, '--policy', '{"recoveryCodes":false}'])
  // The server hears of what a command wrote a moment later.
  await expect(async () => {
    await page.reload()
    await expect(page.getByRole('heading', { name: 'Recovery codes' })).toBeVisible()
    await expect(page.getByText(/^Your organisation does not use recovery codes/)).toBeVisible({ timeout: 500 })
  }).toPass()
  await expect(
    page.getByRole('list', { name: 'Tokens on it' }).getByText('Suspended by your organisation'),
  ).toBeVisible()
  await expectToHold(page, 'account-refused')
  const lost = page.getByRole('button', { name: 'I lost' })
  await expect(page.getByText(/^It let you in here\. Remove it in its app/)).toBeVisible()
  await expect(lost).toBeHidden()
  // The page was signed in to before that happened, so nothing says whose it is.
  const asked = page.getByRole('listitem').filter({ hasText: 'Harbour: cancelled' })
  await press(page, asked.getByRole('button', { name: 'It wasn’t me! Harbour: cancelled' }))
  await expect(page.getByRole('dialog')).toContainText('Your organisation is warned.')
  await press(page, button('Report it'))
  await expect(page.getByText(/^Reported\. Your organisation was told/)).toBeVisible()
  await expect(button('Sign in')).toBeVisible()
  await expectToHold(page, 'account-reported')

  // Without any device a recovery code is the way in, once.
  const context = await computers.newContext({ viewport: { width: 412, height: 839 } })
  const signIn = await SignIn.at(site, context)
  await signIn.password(person.username, 'a longer password')
  await signIn.page.getByText('New or lost device?').click()
  await expect(signIn.page.getByText(/^Ask your organisation’s help desk for a new activation link/)).toBeVisible()
  await expect(signIn.page.getByLabel('Recovery code')).toBeHidden()
  await lookAt(signIn.page, 'login-recovery-refused')
  await installation.command(['group', 'leave', crew, person.username])
  await signIn.page.reload()
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

  // Signed in without it, they have lost it: by a code that is a day old.
  await installation.store.write((tx) =>
    tx
      .updateTable('recovery_codes')
      .set((e) => ({ created_at: e('created_at', '-', 86_400_000) }))
      .execute(),
  )
  await press(page, button('Sign in'))
  await type(page, page.getByLabel('User name'), person.username)
  await type(page, page.getByLabel('Password', { exact: true }), 'a longer password')
  await page.keyboard.press('Enter')
  await press(page, page.getByText('New or lost device?'))
  await type(page, page.getByLabel('Recovery code'), third)
  await page.keyboard.press('Enter')
  await press(page, lost)
  await page.keyboard.press('Escape')
  await expect(lost).toBeFocused()
  await page.keyboard.press('Enter')
  await press(page, page.getByRole('dialog').getByRole('button', { name: 'Remove it now' }))
  await expect(page.getByText('No device can approve your sign-ins.')).toBeVisible()
})

/** Runs in the page. */
async function madeElsewhere(): Promise<void> {
  await fetch('/account/api/codes', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })
}

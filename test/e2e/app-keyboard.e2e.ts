// The app without a finger or a mouse: where the focus is after each step, and what the window is called meanwhile.
import { expect, test } from './house.ts'
import { press, tabTo } from './keyboard.ts'
import { pendingBar, sheet } from './phone.ts'

test('by the keyboard alone: a request is put off and approved, the next one denied and reported', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone()
  const app = await phone.open()
  await expect(app).toHaveTitle('Your codes · Countersign')
  const first = await harbour.ask(person.username)
  const bar = pendingBar(app)

  await press(app, bar)
  await expect(sheet(app).getByRole('heading', { name: 'Are you signing in?' })).toBeFocused()
  await expect(app).toHaveTitle('Sign-in request · Countersign')
  await app.keyboard.press('Escape')
  await expect(sheet(app)).toBeHidden()
  await expect(bar).toBeFocused()
  await expect(app).toHaveTitle('Your codes · Countersign')
  expect((await harbour.read(first.id)).body.state).toBe('pending')

  await app.keyboard.press('Enter')
  await tabTo(app, sheet(app).getByLabel('Type the number on your sign-in page'))
  await app.keyboard.type(String(first.number))
  await tabTo(app, sheet(app).getByRole('button', { name: 'Approve' }))
  // In the sheet's first moments it takes no press.
  await expect(async () => {
    await app.keyboard.press('Enter')
    await expect(sheet(app).getByRole('heading', { name: 'Approved' })).toBeFocused({ timeout: 1000 })
  }).toPass()
  await press(app, sheet(app).getByRole('button', { name: 'Done' }))
  await expect(app.getByRole('heading', { level: 1, name: 'Your codes' })).toBeFocused()

  const second = await harbour.ask(person.username)
  await press(app, bar)
  await press(app, sheet(app).getByRole('button', { name: 'Deny' }))
  await expect(sheet(app).getByRole('heading', { name: 'Denied. Was this you?' })).toBeFocused()
  await press(app, sheet(app).getByRole('button', { name: 'It wasn’t me!' }))
  await expect(sheet(app).getByRole('heading', { name: /^Reported/ })).toBeFocused()
  await app.keyboard.press('Escape')
  await expect(app.getByRole('heading', { level: 1, name: 'Your codes' })).toBeFocused()
  expect((await harbour.read(second.id)).body.state).toBe('denied')

  for (const [link, title] of Object.entries({
    Devices: 'Devices',
    History: 'History',
    Settings: 'Settings',
    'Add a token': 'Add a token',
  })) {
    await press(app, app.getByRole('link', { name: link, exact: true }))
    await expect(app.getByRole('heading', { level: 1, name: title })).toBeFocused()
    await expect(app).toHaveTitle(`${title} · Countersign`)
    await press(app, app.getByRole('button', { name: 'Back' }))
    await expect(app).toHaveTitle('Your codes · Countersign')
  }
})

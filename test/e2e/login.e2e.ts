// The hosted login page under the hands of people: they load it again, open it twice, go back, change their minds.
import type { Page } from '@playwright/test'
import { ACR_PUSH } from '../../protocol/sign-in.ts'
import type { DesktopNotification } from '../support/desktop-notification.ts'
import { expect } from './house.ts'
import { type Phone, pressApprove, sheet } from './phone.ts'
import { AUTOSEND, SignIn, TYPED, test } from './sign-in.ts'

const AS_PUSHED = { amr: 'pwd otp swk mfa', acr: ACR_PUSH }

test('the page survives a reload at every step', async ({ enrolledPhone, person: { username }, site, computer }) => {
  const phone = await enrolledPhone()
  const signIn = await SignIn.at(site, computer)
  await signIn.page.reload()
  await expect(signIn.heading('Sign in to Harbour')).toBeVisible()
  await signIn.as(username)
  await signIn.page.reload()
  await expect(signIn.heading('Confirm it’s you')).toBeVisible()
  await signIn.push()
  const number = await signIn.number()
  await signIn.page.reload()
  await expect(signIn.heading('Answer on your device')).toBeVisible()
  // The same request: nobody is asked twice.
  expect(await signIn.number()).toBe(number)
  await approveWith(phone, number)
  await signIn.arrives(site, { username, ...AS_PUSHED })
  expect(phone.tray.notifications.filter(({ summary }) => summary === 'Sign in to Harbour?')).toHaveLength(1)
})

test('the end of a request survives a reload', async ({ enrolledPhone, person: { username }, site, computer }) => {
  const phone = await enrolledPhone()
  const signIn = await (await (await SignIn.at(site, computer)).as(username)).push()
  await phone.tray.press(await phone.asked(), 'Deny')
  await expect(signIn.heading('The request was denied on your device.')).toBeVisible()
  await signIn.page.reload()
  await expect(signIn.heading('The request was denied on your device.')).toBeVisible()
})

test('a second tab shows the same sign-in and follows it; one of them goes on, and the other says so', async ({
  enrolledPhone,
  person: { username },
  site,
  computer,
}) => {
  const phone = await enrolledPhone()
  const first = await (await (await SignIn.at(site, computer)).as(username)).push()
  const number = await first.number()
  const second = new SignIn(await computer.newPage())
  await second.page.goto(first.page.url())
  expect(await second.number()).toBe(number)
  await approveWith(phone, number)

  const welcome = `Welcome aboard, ${username}`
  const elsewhere = 'You continued this sign-in in another tab. You can close this one.'
  const ends = [first, second].map(({ page }) => page.getByText(new RegExp(`^(${welcome}|${elsewhere})$`)))
  for (const end of ends) await expect(end).toBeVisible()
  expect((await Promise.all(ends.map((end) => end.textContent()))).sort()).toEqual([welcome, elsewhere].sort())
})

test('two tabs that begin at Harbour are two sign-ins, and each goes its own way', async ({
  enrolledPhone,
  person: { username },
  site,
  computer,
}) => {
  const phone = await enrolledPhone()
  const first = await (await SignIn.at(site, computer)).as(username)
  const second = await (await SignIn.at(site, computer)).as(username)
  await first.push()
  const number = await first.number()
  await expect(second.heading('Confirm it’s you')).toBeVisible()
  await approveWith(phone, number)
  await first.arrives(site, { username, ...AS_PUSHED })
  await second.page.reload()
  await expect(second.heading('Confirm it’s you')).toBeVisible()
})

test('the back button leads to Harbour, and forward again to where the sign-in was', async ({
  enrolledPhone,
  person: { username },
  site,
  computer,
}) => {
  const phone = await enrolledPhone()
  const signIn = await (await (await SignIn.at(site, computer)).as(username)).push()
  const number = await signIn.number()
  await signIn.page.goBack()
  await expect(signIn.heading('Safe in harbour')).toBeVisible()
  await signIn.page.goForward()
  expect(await signIn.number()).toBe(number)

  await signIn.page.goBack()
  await expect(signIn.heading('Safe in harbour')).toBeVisible()
  // Approved while nobody looks: the page finds out when it is seen again.
  await approveWith(phone, number)
  await signIn.page.goForward()
  await signIn.arrives(site, { username, ...AS_PUSHED })
  // The sign-in is over, and no step of it is left to go back to.
  await signIn.page.goBack()
  expect(new URL(signIn.page.url()).origin).toBe(site.origin)
})

test('Send again ends the first request, and only the second counts', async ({
  enrolledPhone,
  person: { username },
  site,
  computer,
}) => {
  const phone = await enrolledPhone()
  const signIn = await (await (await SignIn.at(site, computer)).as(username)).push()
  const former = await signIn.number()
  const first = await phone.asked()
  const app = await phone.opens(() => phone.tray.pressBody(first))
  await expect(sheet(app).getByRole('heading', { name: 'Are you signing in?' })).toBeVisible()

  await signIn.button('Send again').click()
  const second = await phone.asked()
  await expect.poll(() => signIn.number()).not.toBe(former)
  await expect(sheet(app).getByRole('heading', { name: 'The sign-in page cancelled this.' })).toBeVisible()
  expect(phone.tray.shown().map(({ id }) => id)).toContain(second.id)
  await sheet(app).getByRole('button', { name: 'Done' }).click()

  await phone.lock()
  // Where its push came before word of the first one's end, two asked at once, and there is no Approve on it.
  // Where word of the first one's end came later, the second has been drawn anew since, with Approve.
  const standing = phone.tray.shown().find(({ id }) => id === second.id) ?? second
  const again = await phone.opens(() => phone.tray.pressBody(standing))
  await sheet(again)
    .getByLabel('Type the number on your sign-in page')
    .fill(await signIn.number())
  await pressApprove(again, sheet(again).getByRole('heading', { name: 'Approved' }))
  await signIn.arrives(site, { username, ...AS_PUSHED })
})

test('Cancel takes the request back and leads to the choice, and from there to Harbour', async ({
  enrolledPhone,
  person: { username },
  site,
  computer,
}) => {
  const phone = await enrolledPhone()
  const signIn = await (await (await SignIn.at(site, computer)).as(username)).push()
  const notification = await phone.asked()
  await signIn.button('Cancel').click()
  await expect(signIn.heading('Confirm it’s you')).toBeFocused()
  await phone.tray.whenClosed(notification)
  await signIn.turnsBack()
})

test('Back to Harbour works before anything was typed', async ({ site, computer }) => {
  await (await SignIn.at(site, computer)).turnsBack()
})

test('the way of confirming that was used last is chosen the next time', async ({
  person,
  enrolledPhone,
  site,
  computer,
}) => {
  await enrolledPhone()
  const first = await (await SignIn.at(site, computer)).as(person.username)
  await expect(radio(first.page, AUTOSEND)).toBeChecked()
  await first.typed('000000')
  const second = await (await SignIn.at(site, computer)).as(person.username)
  await expect(radio(second.page, TYPED)).toBeChecked()
  await second.push()
  const third = await (await SignIn.at(site, computer)).as(person.username)
  await expect(radio(third.page, AUTOSEND)).toBeChecked()
})

test('an unknown user and a wrong password look alike', async ({ person, site, computer }) => {
  const signIn = await SignIn.at(site, computer)
  await signIn.password(person.username, 'wrong')
  await expect(signIn.page.getByRole('alert')).toHaveText('User name or password is wrong.')
  const wrong = await looksOf(signIn.page, person.username)
  await signIn.page.reload()
  await signIn.password('nobody', 'wrong')
  await expect(signIn.page.getByRole('alert')).toHaveText('User name or password is wrong.')
  expect(await looksOf(signIn.page, 'nobody')).toEqual(wrong)
})

test('focus goes to the heading of each step, and to the first field to fill in', async ({
  enrolledPhone,
  person: { username },
  site,
  computer,
}) => {
  const phone = await enrolledPhone()
  const signIn = await SignIn.at(site, computer)
  await expect(signIn.page.getByLabel('User name')).toBeFocused()
  await signIn.password(username, 'wrong')
  await expect(signIn.page.getByRole('alert')).toBeVisible()
  await expect(signIn.page.getByLabel('Password', { exact: true })).toBeFocused()
  await signIn.password(username)
  await expect(signIn.heading('Confirm it’s you')).toBeFocused()
  await signIn.push()
  await expect(signIn.heading('Answer on your device')).toBeFocused()
  await signIn.button('Type a passcode instead').click()
  await expect(signIn.heading('Type a passcode')).toBeFocused()
  await signIn.button('Wait for my device').click()
  await expect(signIn.heading('Answer on your device')).toBeFocused()
  await phone.tray.press(await phone.asked(), 'Deny')
  await expect(signIn.heading('The request was denied on your device.')).toBeFocused()
})

test('the page says how far the request is', async ({ enrolledPhone, person: { username }, site, computer }) => {
  const phone = await enrolledPhone()
  const signIn = await (await (await SignIn.at(site, computer)).as(username)).push()
  const notification = await phone.asked()
  const steps = signIn.page.getByRole('list', { name: 'Progress' }).getByRole('listitem')
  await expect(steps).toHaveText([/Sent\s*done/, /Shown on your device\s*done/, /Approved\s*not yet/])
  expect(notification.state).toBe('shown')
})

test('a sign-in that this browser did not begin is not there', async ({ site, computer, computers }) => {
  const { page } = await SignIn.at(site, computer)
  const elsewhere = new SignIn(await computers.newPage())
  await elsewhere.page.goto(page.url())
  await expect(elsewhere.heading('Start again at the application')).toBeFocused()
  await elsewhere.page.close()
})

/** Answers the notification that comes next. */
async function approveWith(phone: Phone, number: string): Promise<void> {
  await answerWith(phone, await phone.asked(), number)
}

async function answerWith(phone: Phone, notification: DesktopNotification, number: string): Promise<void> {
  const app = await phone.opens(() => phone.tray.press(notification, 'Approve'))
  await sheet(app).getByLabel('Type the number on your sign-in page').fill(number)
  await expect(sheet(app).getByRole('heading', { name: 'Approved' })).toBeVisible()
}

const radio = (page: Page, name: string) => page.getByRole('radio', { name, exact: name === TYPED })

/** All that somebody who guesses names can see, the name itself left out. */
async function looksOf(page: Page, username: string) {
  const snapshot = await page.getByRole('main').ariaSnapshot()
  const focused = await page.evaluate(() => document.activeElement?.getAttribute('name'))
  return { snapshot: snapshot.replaceAll(username, ''), focused }
}

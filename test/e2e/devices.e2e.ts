// Two devices of one person, and several windows of one device: whoever answers, all of them tell the same.
import type { Page } from '@playwright/test'
import type { WireApplication } from '../support/wire-application.ts'
import { WireDevice } from '../support/wire-device.ts'
import { install } from './home-screen.ts'
import { expect, test } from './house.ts'
import { approve, type Phone, pendingBar, sheet } from './phone.ts'

const PRESS_ONLY = { numberMatching: false }
const ELSEWHERE = 'Answered on another device'
const DENIED = { name: 'Denied. Was this you?' }
const QUESTION = { name: 'Are you signing in?' }

async function openOn(phone: Phone, id: string): Promise<Page> {
  const page = await phone.open(`/requests/${id}`)
  await expect(sheet(page).getByRole('heading', QUESTION)).toBeVisible()
  return page
}

async function stateOf(application: WireApplication, id: string) {
  const { state, reason } = (await application.read(id)).body
  return { state, reason }
}

test('answered on one device, the other’s notification says so and goes, and so does the number on its icon', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const [phone, tablet] = await Promise.all([enrolledPhone(), enrolledPhone()])
  const badge = await install(tablet)
  const asked = await harbour.ask(person.username)
  const [here, there] = await Promise.all([phone.asked(), tablet.asked()])
  await expect.poll(badge).toBe(1)
  await phone.tray.press(here, 'Deny')
  const said = await tablet.told(ELSEWHERE)
  // In the same place as the request, with nothing left to press, and gone by itself.
  expect([said.id, there.state]).toEqual([there.id, 'replaced'])
  await tablet.tray.whenClosed(said)
  await expect.poll(badge).toBe(0)
  expect(await stateOf(harbour, asked.id)).toEqual({ state: 'denied', reason: 'declined' })
})

test('an open sheet on the other device says so', async ({ enrolledPhone, harbour, person }) => {
  const [phone, tablet] = await Promise.all([enrolledPhone(PRESS_ONLY), enrolledPhone(PRESS_ONLY)])
  const asked = await harbour.ask(person.username)
  const [page, other] = await Promise.all([openOn(phone, asked.id), openOn(tablet, asked.id)])
  await approve(page)
  await expect(sheet(other).getByRole('heading', { name: `${ELSEWHERE}.` })).toBeVisible()
  await expect(sheet(other).getByRole('button', { name: 'Approve', exact: true })).toBeHidden()
  // It may not have been its person.
  await expect(sheet(other).getByRole('button', { name: 'It wasn’t me!' })).toBeVisible()
  expect(await stateOf(harbour, asked.id)).toMatchObject({ state: 'approved' })
})

test('pressed a moment too late on the other device: how it ended, and nothing changes', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const [phone, tablet] = await Promise.all([enrolledPhone(PRESS_ONLY), enrolledPhone(PRESS_ONLY)])
  const asked = await harbour.ask(person.username)
  const notification = await tablet.asked()
  // The word that it is settled does not reach the other device.
  await tablet.browser.push.setReachable(false)
  await approve(await openOn(phone, asked.id))
  await tablet.tray.press(notification, 'Deny')
  const said = await tablet.told(ELSEWHERE)
  expect(said.actions.map(({ label }) => label)).toContain('It wasn’t me!')
  expect(await stateOf(harbour, asked.id)).toMatchObject({ state: 'approved' })
})

test('what the word of it has not reached is cleared up when the app is opened', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const [phone, tablet] = await Promise.all([enrolledPhone(), enrolledPhone()])
  const badge = await install(tablet)
  await harbour.ask(person.username)
  const [here, there] = await Promise.all([phone.asked(), tablet.asked()])
  await tablet.browser.push.setReachable(false)
  await phone.tray.press(here, 'Deny')
  await phone.told('Denied')
  expect(there.state).toBe('shown')
  await tablet.open()
  await tablet.tray.whenClosed(there)
  await expect.poll(badge).toBe(0)
})

test('a notification that was left from a request that has ended opens what became of it', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const [phone, tablet] = await Promise.all([enrolledPhone(), enrolledPhone()])
  const asked = await harbour.ask(person.username)
  const [here, there] = await Promise.all([phone.asked(), tablet.asked()])
  await tablet.browser.push.setReachable(false)
  await phone.tray.press(here, 'Deny')
  await phone.told('Denied')
  const page = await tablet.opens(() => tablet.tray.pressBody(there))
  await expect(sheet(page).getByRole('heading', { name: `${ELSEWHERE}.` })).toBeVisible()
  await page.goto(`${tablet.origin}/requests/${asked.id}`)
  await expect(sheet(page).getByRole('heading', { name: `${ELSEWHERE}.` })).toBeVisible()
})

test('history shows the outcome on both, and where it was answered', async ({ enrolledPhone, harbour, person }) => {
  const [phone, tablet] = await Promise.all([enrolledPhone(PRESS_ONLY), enrolledPhone(PRESS_ONLY)])
  const approved = await harbour.ask(person.username)
  const page = await openOn(phone, approved.id)
  await approve(page)
  const cancelled = await harbour.ask(person.username)
  await harbour.cancel(cancelled.id)
  const other = await tablet.open('/history')
  await page.goto(`${phone.origin}/history`)
  for (const [window, outcome] of [
    [page, 'Approved'],
    [other, 'Approved (on another device)'],
  ] as const) {
    const entries = window.getByRole('article')
    await expect(entries).toHaveCount(2)
    await expect(entries.nth(0)).toContainText('Cancelled by the sign-in page')
    // Whoever asked may have cancelled too: only its person knows whether it was they.
    await expect(entries.nth(0).getByRole('button', { name: 'It wasn’t me!' })).toBeVisible()
    await expect(entries.nth(1)).toContainText(outcome)
    await expect(entries.nth(1)).toContainText('Harbour')
    await expect(window.getByRole('heading', { name: 'Today' })).toBeVisible()
  }
})

test('answered in the app, its notification goes from the tray', async ({ enrolledPhone, harbour, person }) => {
  const phone = await enrolledPhone(PRESS_ONLY)
  const page = await phone.open()
  await expect(page.getByRole('heading', { name: 'Your codes' })).toBeVisible()
  await harbour.ask(person.username)
  const notification = await phone.asked()
  await pendingBar(page).click()
  await approve(page)
  await phone.tray.whenClosed(notification)
  expect(notification.state).toBe('closed')
})

test('answered on the notification, an open sheet tells it as this device’s own answer', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone(PRESS_ONLY)
  const asked = await harbour.ask(person.username)
  const notification = await phone.asked()
  const page = await openOn(phone, asked.id)
  await phone.tray.press(notification, 'Deny')
  await expect(sheet(page).getByRole('heading', DENIED)).toBeVisible()
  await expect(sheet(page).getByRole('button', { name: 'It wasn’t me!' })).toBeVisible()
})

test('answered in one window, the other tells the same', async ({ enrolledPhone, harbour, person }) => {
  const phone = await enrolledPhone(PRESS_ONLY)
  const asked = await harbour.ask(person.username)
  const [page, other] = [await openOn(phone, asked.id), await openOn(phone, asked.id)]
  await sheet(page).getByRole('button', { name: 'Deny' }).click()
  for (const window of [page, other]) await expect(sheet(window).getByRole('heading', DENIED)).toBeVisible()
  expect(await stateOf(harbour, asked.id)).toEqual({ state: 'denied', reason: 'declined' })
})

test('two windows that answer at the same moment tell the truth', async ({ enrolledPhone, harbour, person }) => {
  const phone = await enrolledPhone(PRESS_ONLY)
  const asked = await harbour.ask(person.username)
  const windows = [await openOn(phone, asked.id), await openOn(phone, asked.id)]
  // Both answers are on their way before either is sent on.
  const both = Promise.withResolvers<void>()
  let waiting = 0
  await phone.browser.context.route('**/device/v1/decisions', async (route) => {
    if (++waiting === windows.length) both.resolve()
    await both.promise
    await route.continue()
  })
  await Promise.all(windows.map((page) => sheet(page).getByRole('button', { name: 'Deny' }).click()))
  for (const page of windows) await expect(sheet(page).getByRole('heading', DENIED)).toBeVisible()
  expect(await stateOf(harbour, asked.id)).toEqual({ state: 'denied', reason: 'declined' })
})

test('a device that is added is told on the one that was here, where one press undoes it', async ({
  enrolledPhone,
  installation,
  person,
}) => {
  const phone = await enrolledPhone(PRESS_ONLY)
  const page = await phone.open('/')
  await page.getByRole('link', { name: 'Devices' }).click()
  await page.getByRole('button', { name: 'Add another device' }).click()
  const code = (await page.getByRole('dialog').locator('.code').textContent()) ?? ''
  const added = await new WireDevice({ ...installation.wire, origin: installation.appOrigin }).enrol(
    code.replaceAll(' ', ''),
  )
  const told = await phone.told(`Phone was added for ${person.username}`)
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('heading', { name: 'Phone' })).toBeVisible()
  await phone.tray.press(told, 'It wasn’t me!')
  await phone.told('Reported. Your organisation is warned.')
  await expect(page.getByRole('heading', { name: 'Phone' })).toBeHidden()
  expect((await added.call('GET', '/device/v1/tokens')).status).toBe(401)
})

test('among the recent changes it is reported after a question, which says what it takes away', async ({
  enrolledPhone,
  installation,
  person,
  link,
}) => {
  const phone = await enrolledPhone(PRESS_ONLY)
  const code = new URL(await link()).hash.slice(1)
  const added = await new WireDevice({ ...installation.wire, origin: installation.appOrigin }).enrol(code)
  const page = await phone.open('/devices')
  const title = `Phone was added for ${person.username}`
  await page.getByRole('button', { name: `It wasn’t me! ${title}` }).click()
  const sure = page.getByRole('dialog', { name: title })
  await expect(sure).toContainText('Phone is removed, and can’t sign in as you any more.')
  await sure.getByRole('button', { name: 'Cancel' }).click()
  expect((await added.call('GET', '/device/v1/tokens')).status).toBe(200)
  await page.getByRole('button', { name: `It wasn’t me! ${title}` }).click()
  await sure.getByRole('button', { name: 'It wasn’t me!' }).click()
  await expect(page.getByText('Someone may know your password: change it now.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Change password' })).toBeVisible()
  expect((await added.call('GET', '/device/v1/tokens')).status).toBe(401)
})

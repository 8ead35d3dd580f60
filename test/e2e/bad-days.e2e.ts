// The bad days of a device: what a person is told, and that nothing is half done.
import type { Page } from '@playwright/test'
import type { DeviceId } from '../../protocol/ids.ts'
import type { PushService } from '../support/push-service.ts'
import { keysIn } from './app-store.ts'
import { codeOn, nextCode } from './codes.ts'
import { STORAGE_THAT_MAY_BE_FULL, setStorageFull } from './full-storage.ts'
import { expect, linkFor, type Person, test, tokensOf } from './house.ts'
import type { Installation } from './installation.ts'
import { approve, type Phone, pendingBar, pressApprove, sheet, walkThrough } from './phone.ts'

const YEAR = 365 * 24 * 60 * 60 * 1000
const OFF = 'Notifications are off. Requests reach you only while the app is open.'
const ENHANCED = { approval: 'enhanced', numberMatching: false } as const

function heading(page: Page, name: string) {
  return page.getByRole('heading', { name })
}

function press(page: Page, name: string): Promise<void> {
  return page.getByRole('button', { name, exact: true }).click()
}

/** Comes back to the app from somewhere else on the phone. */
function comeBack(page: Page): Promise<boolean> {
  return page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
}

async function openLink(phone: Phone, activationUrl: string): Promise<Page> {
  return phone.open(activationUrl.slice(phone.origin.length))
}

/** As far as the browser's question about notifications. */
async function walkToNotifications(page: Page): Promise<void> {
  await press(page, 'Add this token')
  await press(page, 'Not now')
}

test('notifications denied: how to change that, and a token all the same; given later, they are turned on', async ({
  newPhone,
  link,
  person,
  harbour,
}) => {
  const [phone, activationUrl] = await Promise.all([newPhone({ notifications: 'denied' }), link()])
  const page = await openLink(phone, activationUrl)
  await expect(page.getByRole('list', { name: 'Step 1 of 3' })).toBeVisible()
  await walkToNotifications(page)
  await expect(heading(page, 'Notifications are blocked')).toBeVisible()
  await expect(page.getByText('set Notifications to Allow')).toBeVisible()
  await expect(page.getByText('You can still open the app to approve.')).toBeVisible()
  await press(page, 'Continue without')
  await expect(heading(page, 'Your token is ready.')).toBeVisible()
  await press(page, 'Done')
  await expect(page.getByText(OFF)).toContainText('set Notifications to Allow')
  await expect(page.getByRole('button', { name: 'Turn on' })).toBeHidden()
  expect((await harbour.ask(person.username)).delivery).toBe('none')
  await expect(pendingBar(page)).toBeVisible()

  await phone.setNotifications('prompt')
  await comeBack(page)
  await expect(page.getByRole('button', { name: 'Turn on' })).toBeVisible()
  await phone.setNotifications('granted')
  await press(page, 'Turn on')
  await expect(page.getByText(OFF)).toBeHidden()
  await harbour.ask(person.username)
  await phone.asked()
})

test('notifications switched off since: the app says so when somebody comes back to it', async ({ enrolledPhone }) => {
  const phone = await enrolledPhone()
  const page = await phone.open()
  await expect(heading(page, 'Your codes')).toBeVisible()
  await expect(page.getByText(OFF)).toBeHidden()
  await phone.setNotifications('denied')
  await comeBack(page)
  await expect(page.getByText(OFF)).toBeVisible()
  await phone.setNotifications('granted')
  await comeBack(page)
  await expect(page.getByText(OFF)).toBeHidden()
})

test('the push service never answers: after 15 seconds a person can go on, and finish later', async ({
  newPhone,
  link,
}) => {
  const [phone, activationUrl] = await Promise.all([newPhone(), link()])
  phone.browser.push.subscribe = 'never'
  const page = await phone.open('/robots.txt')
  await page.clock.install()
  await page.goto(activationUrl)
  await expect(page.getByRole('list', { name: 'Step 1 of 3' })).toBeVisible()
  await walkToNotifications(page)
  await press(page, 'Allow notifications')
  await expect(page.getByText('Asking your browser…')).toBeVisible()
  await phone.browser.push.asked()
  await page.clock.fastForward(14_000)
  await expect(page.getByText('Asking your browser…')).toBeVisible()
  await page.clock.fastForward(1_000)
  await expect(heading(page, 'The push service isn’t answering.')).toBeVisible()
  await expect(page.getByText('You can finish later.')).toBeVisible()
  await press(page, 'Continue without')
  await expect(heading(page, 'Your token is ready.')).toBeVisible()
  await press(page, 'Done')
  await expect(page.getByText(OFF)).toContainText('The push service isn’t answering. Try again later.')
  phone.browser.push.subscribe = 'answer'
  await press(page, 'Turn on')
  await expect(page.getByText(OFF)).toBeHidden()
})

test('the browser removes the app’s data: what is gone is said, and a new link mends it', async ({
  enrolledPhone,
  link,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone({ numberMatching: false })
  await phone.loseData()
  const page = await phone.open()
  const lost = page.getByText('Had a token here? This browser removed its data. Ask for a new link.')
  await expect(lost).toBeVisible()
  await expect(page.getByLabel('Activation code')).toBeVisible()
  expect(await keysIn(page, 'identity')).toEqual([])

  await page.goto(await link({ numberMatching: false }))
  await walkThrough(page)
  await expect(heading(page, 'It works.')).toBeVisible()
  await press(page, 'Done')
  await expect(lost).toBeHidden()
  const asked = await harbour.ask(person.username)
  await pendingBar(page).click()
  await approve(page)
  expect((await harbour.read(asked.id)).body.state).toBe('approved')
})

test('the data goes while a request is open: nothing is sent, and the codes that are no more are not shown', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone({ numberMatching: false })
  const asked = await harbour.ask(person.username)
  await phone.asked()
  const page = await phone.open(`/requests/${asked.id}`)
  await expect(sheet(page).getByRole('button', { name: 'Deny' })).toBeEnabled()
  await phone.loseData()
  await sheet(page).getByRole('button', { name: 'Deny' }).click()
  await expect(
    sheet(page).getByRole('heading', { name: 'This browser removed the app’s data. Nothing was sent.' }),
  ).toBeVisible()
  await sheet(page).getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText('Had a token here?')).toBeVisible()
  expect((await harbour.read(asked.id)).body.state).toBe('pending')
})

const NO_ROOM = 'This browser has no room left to keep a token. Free some space, then try again.'
const FULL = { prelude: STORAGE_THAT_MAY_BE_FULL }

test('no room for a token: a clear sentence, and nothing half-written', async ({ newPhone, link, person }) => {
  const [phone, activationUrl] = await Promise.all([newPhone(), link()])
  const { origin } = phone
  await phone.browser.cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 })
  const page = await openLink(phone, activationUrl)
  await expect(page.getByRole('alert')).toHaveText(NO_ROOM)
  expect(await keysIn(page, 'enrolment')).toEqual([])
  await phone.browser.cdp.send('Storage.overrideQuotaForOrigin', { origin })
  await expect(async () => {
    await press(page, 'Continue')
    await expect(heading(page, `Add a token for ${person.username} at Harbour?`)).toBeVisible({ timeout: 1_000 })
  }).toPass()
})

test('room runs out on the way to a token: each step says so, and goes on when there is room', async ({
  newPhone,
  link,
  person,
  installation,
}) => {
  const [phone, activationUrl] = await Promise.all([newPhone(FULL), link()])
  const page = await openLink(phone, activationUrl)
  await expect(page.getByRole('list', { name: 'Step 1 of 3' })).toBeVisible()
  await setStorageFull(phone, true)
  await press(page, 'Add this token')
  await expect(page.getByRole('alert')).toHaveText(NO_ROOM)
  await setStorageFull(phone, false)
  await walkToNotifications(page)
  await expect(page.getByRole('alert')).toBeHidden()
  await setStorageFull(phone, true)
  await press(page, 'Allow notifications')
  await expect(page.getByRole('alert')).toHaveText(NO_ROOM)
  expect(await keysIn(page, 'tokens')).toEqual([])
  expect(await tokensOf(installation, person)).toEqual([])

  await setStorageFull(phone, false)
  await press(page, 'Try again')
  await expect(heading(page, 'It works.')).toBeVisible()
  expect(await keysIn(page, 'tokens')).toHaveLength(1)
  expect(await keysIn(page, 'enrolment')).toEqual([])
})

test('room runs out between the activation and its answer: nothing half-written, and the token is not lost', async ({
  newPhone,
  link,
  person,
  installation,
}) => {
  const [phone, activationUrl] = await Promise.all([newPhone(FULL), link()])
  const page = await openLink(phone, activationUrl)
  await page.route('**/device/v1/enrolments/activate', async (route) => {
    const response = await route.fetch()
    await setStorageFull(phone, true)
    await route.fulfill({ response })
  })
  await walkThrough(page)
  await expect(page.getByRole('alert')).toHaveText(NO_ROOM)
  expect(await keysIn(page, 'tokens')).toEqual([])
  expect(await keysIn(page, 'identity')).toEqual([])
  expect(await keysIn(page, 'enrolment')).toEqual(['current'])
  await page.unroute('**/device/v1/enrolments/activate')
  await setStorageFull(phone, false)
  await press(page, 'Try again')
  await expect(heading(page, 'It works.')).toBeVisible()
  expect(await tokensOf(installation, person)).toHaveLength(1)
})

test('no room for an answer: an approval is not sent and the sheet says so; a denial is sent all the same', async ({
  newPhone,
  link,
  harbour,
  person,
}) => {
  const [phone, activationUrl] = await Promise.all([newPhone(FULL), link({ numberMatching: false })])
  const page = await phone.enrol(activationUrl)
  await setStorageFull(phone, true)
  // What waits is seen although it can't be kept.
  const asked = await harbour.ask(person.username)
  await pendingBar(page).click()
  await pressApprove(page, sheet(page).getByRole('alert'))
  await expect(sheet(page).getByRole('alert')).toHaveText(
    'This browser has no room left. Nothing was sent. Free some space, then try again.',
  )
  expect((await harbour.read(asked.id)).body.state).toBe('pending')
  expect(await keysIn(page, 'unsent')).toEqual([])
  await sheet(page).getByRole('button', { name: 'Deny' }).click()
  await expect(sheet(page).getByRole('heading', { name: 'Denied. Was this you?' })).toBeVisible()
  expect((await harbour.read(asked.id)).body).toMatchObject({ state: 'denied', reason: 'declined' })
})

test('no room for an answer on the notification: it says that nothing was sent, and where to go on', async ({
  newPhone,
  link,
  harbour,
  person,
}) => {
  const [phone, activationUrl] = await Promise.all([newPhone(FULL), link(ENHANCED)])
  await phone.enrol(activationUrl)
  await phone.lock()
  const asked = await harbour.ask(person.username)
  const notification = await phone.asked()
  await setStorageFull(phone, true)
  await phone.tray.press(notification, 'Approve')
  const said = await phone.told('Your answer could not be sent')
  expect(said.body).toContain('Open the app to see why, and to answer there.')
  expect((await harbour.read(asked.id)).body.state).toBe('pending')
  await setStorageFull(phone, false)
  const page = await phone.opens(() => phone.tray.pressBody(said))
  await approve(page)
  expect((await harbour.read(asked.id)).body.state).toBe('approved')
})

test('a browser that keeps nothing for the app says so', async ({ newPhone }) => {
  const phone = await newPhone()
  await phone.browser.context.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('The user denied permission to access the database.', 'SecurityError')
    }
  })
  const page = await phone.open()
  await expect(heading(page, 'This browser doesn’t let Countersign keep data.')).toBeVisible()
})

for (const [side, clockAhead] of [
  ['ahead', YEAR],
  ['behind', -YEAR],
] as const) {
  test(`a clock a year ${side} is corrected without a word: in the app`, async ({
    newPhone,
    link,
    harbour,
    person,
    installation,
  }) => {
    const [phone, activationUrl] = await Promise.all([newPhone({ clockAhead }), link()])
    const page = await phone.enrol(activationUrl)
    const asked = await harbour.ask(person.username)
    await pendingBar(page).click()
    await expect(sheet(page).getByText(/Asked (now|\d+ seconds ago)/)).toBeVisible()
    await sheet(page)
      .getByLabel('Type the number on your sign-in page')
      .fill(asked.number ?? '')
    await approve(page)
    expect((await harbour.read(asked.id)).body.state).toBe('approved')
    await sheet(page).getByRole('button', { name: 'Done' }).click()
    await expect(page.getByRole('status').filter({ hasText: /\S/ })).toHaveCount(0)
    await nextCode(installation, person)
    expect((await harbour.verify(person.username, await codeOn(page))).body).toMatchObject({ valid: true })
  })

  test(`a clock a year ${side} is corrected without a word: on the notification`, async ({
    newPhone,
    link,
    harbour,
    person,
  }) => {
    const [phone, activationUrl] = await Promise.all([newPhone({ clockAhead }), link(ENHANCED)])
    await phone.enrol(activationUrl)
    await phone.lock()
    const asked = await harbour.ask(person.username)
    await phone.tray.press(await phone.asked(), 'Approve')
    await phone.told('Approved')
    expect((await harbour.read(asked.id)).body.state).toBe('approved')
    expect(phone.windows()).toEqual([])
  })

  test(`a clock that has gone a year ${side} since is corrected at the first request`, async ({
    newPhone,
    link,
    harbour,
    person,
  }) => {
    const [phone, activationUrl] = await Promise.all([newPhone({ clockAhead }), link({ numberMatching: false })])
    await phone.enrol(activationUrl)
    await phone.lock()
    await phone.forgetClock()
    const asked = await harbour.ask(person.username)
    const notification = await phone.asked()
    const page = await phone.opens(() => phone.tray.pressBody(notification))
    await expect(sheet(page).getByRole('heading', { name: 'Are you signing in?' })).toBeVisible()
    await approve(page)
    expect((await harbour.read(asked.id)).body.state).toBe('approved')
  })
}

test('the organisation removes the device: the app says so at once, and a new link starts over', async ({
  enrolledPhone,
  harbour,
  person,
  installation,
}) => {
  const phone = await enrolledPhone(ENHANCED)
  const page = await phone.open()
  await expect(heading(page, 'Your codes')).toBeVisible()
  await harbour.ask(person.username)
  const notification = await phone.asked()
  await revokeAll(installation, person)
  await expect(page.getByText('This device was removed by your organisation.')).toBeVisible()
  await expect(page.getByText('Your organisation has removed this token.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Copy code' })).toBeHidden()
  await phone.tray.whenClosed(notification)

  await page.goto(await linkFor(installation, person))
  await walkThrough(page)
  await expect(heading(page, 'It works.')).toBeVisible()
  await press(page, 'Done')
  await expect(page.getByText('This device was removed by your organisation.')).toBeHidden()
  await harbour.ask(person.username)
  await phone.asked()
})

test('the organisation removes the device while the app is closed: the notification says so', async ({
  enrolledPhone,
  harbour,
  person,
  installation,
}) => {
  const phone = await enrolledPhone(ENHANCED)
  const asked = await harbour.ask(person.username)
  const notification = await phone.asked()
  // No word of it comes any more.
  await phone.browser.push.setReachable(false)
  await revokeAll(installation, person)
  await phone.tray.press(notification, 'Approve')
  await phone.told('Your organisation has removed this token')
  expect((await harbour.read(asked.id)).body.state).toBe('cancelled')
})

async function revokeAll(installation: Installation, person: Person): Promise<void> {
  for (const { id } of await tokensOf(installation, person))
    await installation.command(['token', 'revoke', id, '--reason', 'Lost in the harbour'])
}

/** Where its pushes go now. */
function endpointOf(phone: Phone): string {
  const subscription = phone.browser.push.subscription()
  if (!subscription) throw new Error('this phone has no subscription')
  return subscription.endpoint
}

/** Opens the app and waits until it has told the server where pushes go. */
async function openAndRenew(phone: Phone): Promise<Page> {
  const told = phone.browser.context.waitForEvent('requestfinished', (request) =>
    request.url().endsWith('/device/v1/subscription'),
  )
  const page = await phone.open()
  await told
  return page
}

const LOSSES = [
  ['and the browser has lost it', (phone: Phone) => phone.browser.push.lose()],
  // A browser need not hear of it, and goes on holding what is worth nothing.
  ['and the browser does not know', (phone: Phone, service: PushService) => service.gone(endpointOf(phone))],
] as const

for (const [how, lose] of LOSSES) {
  test(`the subscription is gone, ${how}: it is renewed when the app is opened`, async ({
    enrolledPhone,
    harbour,
    person,
    service,
    installation,
  }) => {
    const phone = await enrolledPhone()
    const before = endpointOf(phone)
    lose(phone, service)
    const unheard = await harbour.ask(person.username)
    await expect.poll(() => subscriptionsOf(installation, person)).toEqual([])
    expect((await harbour.read(unheard.id)).body.delivery).toBe('failed')
    const page = await openAndRenew(phone)
    await expect(pendingBar(page)).toBeVisible()
    await expect(page.getByText(OFF)).toBeHidden()
    expect(endpointOf(phone)).not.toBe(before)
    await harbour.ask(person.username)
    await phone.asked()
  })
}

/** Where the server would push to. */
async function subscriptionsOf(installation: Installation, person: Person): Promise<string[]> {
  const devices = (await tokensOf(installation, person)).map(({ device }) => device as DeviceId)
  const { read } = installation.store
  const rows = await read.selectFrom('subscriptions').select('endpoint').where('device_id', 'in', devices).execute()
  return rows.map(({ endpoint }) => endpoint)
}

test('the server has another key: the subscription is made anew when the app is opened', async ({
  enrolledPhone,
  harbour,
  person,
  installation,
}) => {
  const phone = await enrolledPhone()
  const before = endpointOf(phone)
  await installation.stop()
  await installation.store.write((tx) => tx.deleteFrom('settings').where('name', '=', 'vapid-key').execute())
  await installation.start()
  await openAndRenew(phone)
  expect(endpointOf(phone)).not.toBe(before)
  await harbour.ask(person.username)
  await phone.asked()
})

test('the server is away: the codes are there, the app says so and is back by itself', async ({
  enrolledPhone,
  harbour,
  person,
  installation,
}) => {
  const phone = await enrolledPhone()
  const page = await phone.open()
  await expect(heading(page, 'Your codes')).toBeVisible()
  const away = page.getByText('Can’t reach Harbour. Retrying…')
  await installation.stop()
  await expect(away).toBeVisible()
  await expect(page.getByRole('button', { name: 'Copy code' })).toBeVisible()
  await page.reload()
  await expect(heading(page, 'Your codes')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Copy code' })).toBeVisible()
  await expect(away).toBeVisible()
  await installation.start()
  await expect(away).toBeHidden()
  await harbour.ask(person.username)
  await expect(pendingBar(page)).toBeVisible()
})

const BROKEN = [
  ['a server that fails', { status: 500, contentType: 'text/plain', body: 'Internal Server Error' }],
  ['a proxy without a server', { status: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>' }],
  ['a captive portal', { status: 200, contentType: 'text/html', body: '<h1>Welcome to our hotel</h1>' }],
] as const

for (const [what, answer] of BROKEN) {
  test(`${what}: as if there were no server`, async ({ enrolledPhone }) => {
    const phone = await enrolledPhone()
    await phone.browser.context.route('**/device/v1/**', (route) => route.fulfill(answer))
    const page = await phone.open()
    await expect(page.getByText('Can’t reach Harbour. Retrying…')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Copy code' })).toBeVisible()
    await phone.browser.context.unroute('**/device/v1/**')
    await expect(page.getByText('Can’t reach Harbour. Retrying…')).toBeHidden()
  })
}

// Answering on the notification: what the person sees on the locked screen, and what one press does.
import { keysIn, watchAtOpening } from './app-store.ts'
import { expect, test } from './house.ts'
import { approve, buttonsOf, clockScript, pendingBar, sheet } from './phone.ts'

const ARRIVAL = {
  context: { ip: '203.0.113.7', userAgent: 'Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36' },
}
const STILL_NEEDED = 'You pressed Approve. This is still needed:'

test('notification on the locked screen, expanded, Approve: the app opens on it and asks for what is still needed', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone()
  const before = phone.requested.length
  const asked = await harbour.ask(person.username, ARRIVAL)
  const notification = await phone.asked()
  expect(notification.body).toContain(`${person.username} · Chrome on Windows`)
  expect(buttonsOf(notification)).toEqual(['Approve', 'Deny'])
  // Its icon came with it: on a network that hangs it would not be shown until the browser gave up.
  expect(Object.keys(notification.hints)).toContain('image-path')
  expect(phone.requested.slice(before).filter((url) => url.includes('/icons/'))).toEqual([])

  // The wish to approve waits in the app's own store. The address says which request, and nothing more.
  const atOpening = await watchAtOpening(phone.browser.context, 'intents')
  const app = await phone.opens(() => phone.tray.press(notification, 'Approve'))
  expect(await atOpening(app)).toEqual([asked.id])
  await expect(sheet(app).getByText(STILL_NEEDED)).toBeVisible()
  await expect(app).toHaveURL(`${phone.origin}/requests/${asked.id}`)
  expect(await keysIn(app, 'intents')).toEqual([])
  expect((await harbour.read(asked.id)).body.state).toBe('pending')

  // The last digit sends it: nothing more is to be pressed.
  await sheet(app)
    .getByLabel('Type the number on your sign-in page')
    .fill(asked.number ?? '')
  await expect(sheet(app).getByRole('heading', { name: 'Approved' })).toBeVisible()
  const { body } = await harbour.read(asked.id, { secret: asked.secret })
  expect(body).toMatchObject({ state: 'approved', passcode: expect.stringMatching(/^\d{8}$/) })
  expect((await harbour.redeem(asked.id, asked.secret, body.passcode ?? '')).body).toMatchObject({
    username: person.username,
    numberMatched: true,
  })
})

test('Approve on the notification of a token that asks for nothing more: the app opens and sends', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone({ numberMatching: false })
  const asked = await harbour.ask(person.username)
  const notification = await phone.asked()
  const app = await phone.opens(() => phone.tray.press(notification, 'Approve'))
  await expect(sheet(app).getByRole('heading', { name: 'Approved' })).toBeVisible()
  expect((await harbour.read(asked.id)).body.state).toBe('approved')
})

test('the wish to approve lives for half a minute', async ({ enrolledPhone, harbour, person }) => {
  const phone = await enrolledPhone({ numberMatching: false })
  const asked = await harbour.ask(person.username)
  const notification = await phone.asked()
  const atOpening = await watchAtOpening(phone.browser.context, 'intents')
  // The window comes up half a minute after the press.
  await phone.browser.context.addInitScript(clockScript(31_000))
  const app = await phone.opens(() => phone.tray.press(notification, 'Approve'))
  expect(await atOpening(app)).toEqual([asked.id])
  await expect(sheet(app).getByRole('heading', { name: 'Are you signing in?' })).toBeVisible()
  await expect(sheet(app).getByRole('button', { name: 'Approve' })).toBeEnabled()
  await expect.poll(() => keysIn(app, 'intents')).toEqual([])
  await expect(sheet(app).getByText(STILL_NEEDED)).toBeHidden()
  expect((await harbour.read(asked.id)).body.state).toBe('pending')
})

test('select the notification, the app closed: the request opens in the app, review, Approve', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone({ numberMatching: false })
  const asked = await harbour.ask(person.username, { context: { ...ARRIVAL.context, resource: 'Payroll' } })
  const notification = await phone.asked()
  const app = await phone.opens(() => phone.tray.pressBody(notification))
  await expect(sheet(app).getByRole('heading', { name: 'Are you signing in?' })).toBeFocused()
  await expect(sheet(app)).toContainText('Harbour')
  await expect(sheet(app)).toContainText(`as ${person.username}`)
  await expect(sheet(app)).toContainText('Payroll')
  await expect(sheet(app)).toContainText('Chrome on Windows')
  // Selecting it is no answer: only Approve is one.
  await expect(sheet(app).getByText(STILL_NEEDED)).toBeHidden()
  expect((await harbour.read(asked.id)).body.state).toBe('pending')
  await approve(app)
  expect((await harbour.read(asked.id)).body.state).toBe('approved')
})

test('select the notification, the app open elsewhere: the window that is there comes to the request', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone({ numberMatching: false })
  const app = await phone.open('/history')
  await expect(app.getByRole('heading', { name: 'History' })).toBeVisible()
  const asked = await harbour.ask(person.username)
  const notification = await phone.asked()
  await phone.tray.pressBody(notification)
  await expect(sheet(app).getByRole('heading', { name: 'Are you signing in?' })).toBeVisible()
  expect(phone.windows()).toEqual([app])
  await approve(app)
  expect((await harbour.read(asked.id)).body.state).toBe('approved')
})

test('select the notification, two windows: the one in front takes it, and the other shows that it is settled', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone({ numberMatching: false })
  const behind = await phone.open('/')
  const front = await phone.open('/settings')
  await front.bringToFront()
  const asked = await harbour.ask(person.username)
  const notification = await phone.asked()
  await phone.tray.pressBody(notification)
  await expect(sheet(front).getByRole('heading', { name: 'Are you signing in?' })).toBeVisible()
  await expect(pendingBar(behind)).toBeAttached()
  await expect(sheet(behind)).toBeHidden()
  expect(phone.windows()).toHaveLength(2)
  await approve(front)
  await expect(pendingBar(behind)).toHaveCount(0)
  expect((await harbour.read(asked.id)).body.state).toBe('approved')
})

test('the tray is tidied while pushes are shown: what can be pressed is what was shown', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone({ numberMatching: false })
  const app = await phone.open('/')
  const tidying = await app.evaluateHandle(async () => {
    const { active } = await navigator.serviceWorker.ready
    return setInterval(() => active?.postMessage({ type: 'tidy', ended: [] }), 1)
  })
  for (const _ of [1, 2, 3]) {
    await harbour.ask(person.username)
    await phone.asked()
  }
  await tidying.evaluate((timer) => clearInterval(timer))
  await tidying.dispose()
  // What the browser has forgotten is still drawn, and a press on it comes to nothing.
  const forgotten = async () => {
    const known = await app.evaluate(async () =>
      (await navigator.serviceWorker.ready).getNotifications().then((all) => all.length),
    )
    return phone.tray.shown().length - known
  }
  await expect.poll(forgotten).toBe(0)
})

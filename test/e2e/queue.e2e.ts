// Several requests at once: the pending bar, the sheet over it, and putting the sheet away without answering.
import type { Locator, Page } from '@playwright/test'
import type { DesktopNotification } from '../support/desktop-notification.ts'
import type { WireApplication, WireCreated } from '../support/wire-application.ts'
import { install } from './home-screen.ts'
import { expect, test } from './house.ts'
import { approve, buttonsOf, type Phone, pendingBar, sheet } from './phone.ts'

const QUESTION = { name: 'Are you signing in?' }

/** Each of them has reached the phone before the next is asked, so that their order is known. */
async function askInTurn(phone: Phone, username: string, applications: [WireApplication, string][]) {
  const asked: WireCreated[] = []
  for (const [application, name] of applications) {
    asked.push(await application.ask(username))
    await phone.asked(name)
  }
  return asked
}

async function statesOf(asked: [WireApplication, WireCreated][]): Promise<string[]> {
  return Promise.all(asked.map(async ([application, { id }]) => (await application.read(id)).body.state))
}

test('pending bar: the newest first, earlier ones remain; three requests from two applications', async ({
  enrolledPhone,
  harbour,
  fleet,
  person,
}) => {
  const phone = await enrolledPhone({ numberMatching: false })
  const app = await phone.open()
  await expect(pendingBar(app)).toHaveCount(0)
  const [first, second, third] = await askInTurn(phone, person.username, [
    [harbour, 'Harbour'],
    [fleet, 'Fleet'],
    [harbour, 'Harbour'],
  ])
  if (!first || !second || !third) throw new Error('three were asked')
  await expect(pendingBar(app)).toContainText('3 sign-in requests')
  await expect(pendingBar(app)).toContainText(/Harbour, (now|\d+ seconds? ago)/)
  const states = () =>
    statesOf([
      [harbour, first],
      [fleet, second],
      [harbour, third],
    ])

  await pendingBar(app).click()
  await expect(app).toHaveURL(`${phone.origin}/requests/${third.id}`)
  await sheet(app).getByRole('button', { name: 'Deny' }).click()
  await expect(sheet(app).getByRole('heading', { name: 'Denied. Was this you?' })).toBeVisible()
  expect(await states()).toEqual(['pending', 'pending', 'denied'])

  // The outcome, then home; the others stayed in the bar.
  await sheet(app).getByRole('button', { name: 'It was me' }).click()
  await expect(sheet(app)).toBeHidden()
  await expect(pendingBar(app)).toContainText('2 sign-in requests')
  await expect(pendingBar(app)).toContainText('Fleet')
  await pendingBar(app).click()
  await expect(app).toHaveURL(`${phone.origin}/requests/${second.id}`)
  await approve(app)
  await sheet(app).getByRole('button', { name: 'Done' }).click()
  await expect(pendingBar(app)).toContainText('1 sign-in request')
  expect(await states()).toEqual(['pending', 'approved', 'denied'])
  await pendingBar(app).click()
  await expect(app).toHaveURL(`${phone.origin}/requests/${first.id}`)
})

test('nothing ever replaces the request being shown', async ({ enrolledPhone, harbour, fleet, person }) => {
  const phone = await enrolledPhone({ numberMatching: false })
  const app = await phone.open()
  const first = await harbour.ask(person.username)
  await pendingBar(app).click()
  await expect(sheet(app)).toContainText('Harbour')
  const second = await fleet.ask(person.username)
  await phone.asked('Fleet')
  await expect(sheet(app).getByRole('alert')).toContainText('Several sign-ins are asking')
  await expect(sheet(app).getByRole('heading', QUESTION)).toBeVisible()
  await expect(app).toHaveURL(`${phone.origin}/requests/${first.id}`)
  await expect(sheet(app)).not.toContainText('Fleet')
  await approve(app)
  expect(
    await statesOf([
      [harbour, first],
      [fleet, second],
    ]),
  ).toEqual(['approved', 'pending'])
})

test('several are asking as one person: a warning first, no accent on Approve, and no Approve on notifications', async ({
  enrolledPhone,
  harbour,
  fleet,
  person,
}) => {
  const phone = await enrolledPhone({ approval: 'enhanced', numberMatching: false })
  await harbour.ask(person.username)
  const alone = await phone.asked('Harbour')
  expect(buttonsOf(alone)).toEqual(['Approve', 'Deny'])
  const second = await fleet.ask(person.username)
  const other = await phone.asked('Fleet')
  expect(buttonsOf(other)).toEqual(['Deny'])
  // The first is shown anew, without its Approve.
  const again = await phone.asked('Harbour')
  expect(buttonsOf(again)).toEqual(['Deny'])

  const app = await phone.opens(() => phone.tray.pressBody(other))
  await expect(app).toHaveURL(`${phone.origin}/requests/${second.id}`)
  await expect(sheet(app).getByRole('alert')).toHaveText(
    `Several sign-ins are asking as ${person.username}. Deny any you did not start. Harbour’s staff never ask you to approve.`,
  )
  const [accented, plain] = await Promise.all([
    colourOf(sheet(app).getByRole('button', { name: 'Approve' })),
    colourOf(sheet(app).getByRole('button', { name: 'Deny' })),
  ])
  expect(accented).toBe(plain)
  // On a small screen, and on one that lies on its side, nothing has to be scrolled to.
  for (const [width, height] of [
    [360, 640],
    [375, 553],
    [740, 360],
  ] as const) {
    await app.setViewportSize({ width, height })
    for (const name of ['Approve', 'Deny'])
      await expect(sheet(app).getByRole('button', { name })).toBeInViewport({ ratio: 1 })
  }
})

/** Once it has come to rest. */
function colourOf(button: Locator): Promise<string> {
  return button.evaluate(async (element) => {
    await Promise.allSettled(element.getAnimations().map(({ finished }) => finished))
    return getComputedStyle(element).backgroundColor
  })
}

test('the number on the app’s icon counts what waits', async ({ enrolledPhone, harbour, fleet, person }) => {
  const phone = await enrolledPhone({ numberMatching: false })
  const badge = await install(phone)
  const first = await harbour.ask(person.username)
  await expect.poll(badge).toBe(1)
  const second = await fleet.ask(person.username)
  await expect.poll(badge).toBe(2)
  // Answered on the notification, in the app, or ended by itself: it waits no more.
  await phone.tray.press(await withoutApprove(phone, 'Harbour'), 'Deny')
  await expect.poll(badge).toBe(1)
  const app = await phone.open(`/requests/${second.id}`)
  await sheet(app).getByRole('button', { name: 'Deny' }).click()
  await expect.poll(badge).toBe(0)
  await sheet(app).getByRole('button', { name: 'It was me' }).click()
  const third = await harbour.ask(person.username)
  await expect.poll(badge).toBe(1)
  await harbour.cancel(third.id)
  await expect.poll(badge).toBe(0)
  expect((await harbour.read(first.id)).body.state).toBe('denied')
})

/** As it is shown anew, when others ask too. */
function withoutApprove({ tray }: Phone, application: string): Promise<DesktopNotification> {
  return tray.next((shown) => shown.summary === `Sign in to ${application}?` && !buttonsOf(shown).includes('Approve'))
}

const COLLAPSES: [string, (app: Page) => Promise<void>][] = [
  ['dragging the down arrow with a mouse', (app) => dragWithMouse(app)],
  ['dragging the down arrow with a finger', (app) => dragWithFinger(app)],
  ['Escape', (app) => app.keyboard.press('Escape')],
  ['Enter on the arrow', (app) => arrowOf(app).press('Enter')],
  ['a press on the arrow', (app) => arrowOf(app).click()],
  ['Back', async (app) => void (await app.goBack())],
]

for (const [by, collapse] of COLLAPSES) {
  test(`collapse by ${by}: later, never deny`, async ({ enrolledPhone, harbour, person }) => {
    const phone = await enrolledPhone()
    const asked = await harbour.ask(person.username)
    const app = await phone.open()
    await pendingBar(app).click()
    await expect(sheet(app).getByRole('heading', QUESTION)).toBeFocused()
    await settled(app)
    await collapse(app)
    await expect(sheet(app)).toBeHidden()
    await expect(pendingBar(app)).toContainText('1 sign-in request')
    await expect(pendingBar(app)).toBeFocused()
    // And it opens again.
    await pendingBar(app).click()
    await expect(sheet(app).getByRole('heading', QUESTION)).toBeVisible()
    expect((await harbour.read(asked.id)).body.state).toBe('pending')
    expect(phone.decisions).toEqual([])
  })
}

test('a short pull on the arrow springs back', async ({ enrolledPhone, harbour, person }) => {
  const phone = await enrolledPhone()
  await harbour.ask(person.username)
  const app = await phone.open()
  await pendingBar(app).click()
  await settled(app)
  const { x, y } = await centreOf(arrowOf(app))
  await app.mouse.move(x, y)
  await app.mouse.down()
  await app.mouse.move(x, y + 20, { steps: 4 })
  await app.mouse.up()
  await expect(sheet(app).getByRole('heading', QUESTION)).toBeVisible()
  await expect
    .poll(() => sheet(app).evaluate((element) => getComputedStyle(element).transform))
    .toBe('matrix(1, 0, 0, 1, 0, 0)')
  expect(app.url()).toContain('/requests/')
})

test('see the number again: the sheet goes down and the digits stay', async ({ enrolledPhone, harbour, person }) => {
  const phone = await enrolledPhone({ numberDigits: 6 })
  await harbour.ask(person.username)
  const app = await phone.open()
  await pendingBar(app).click()
  const number = sheet(app).getByLabel('Type the number on your sign-in page')
  await number.pressSequentially('123')
  await sheet(app).getByRole('button', { name: 'See the number again' }).click()
  await expect(sheet(app)).toBeHidden()
  await pendingBar(app).click()
  await expect(number).toHaveValue('123')
})

function arrowOf(app: Page): Locator {
  return sheet(app).getByRole('button', { name: 'Later' })
}

/** The sheet has risen: what is pressed now is where it seems to be. */
async function settled(app: Page): Promise<void> {
  await sheet(app).evaluate((element) => Promise.all(element.getAnimations().map(({ finished }) => finished)))
}

async function centreOf(element: Locator): Promise<{ x: number; y: number }> {
  const box = await element.boundingBox()
  if (!box) throw new Error('it is not there')
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

async function dragWithMouse(app: Page): Promise<void> {
  const { x, y } = await centreOf(arrowOf(app))
  await app.mouse.move(x, y)
  await app.mouse.down()
  await app.mouse.move(x, y + 500, { steps: 10 })
  await app.mouse.up()
}

/** Touches as the screen sends them, and not what a script could pretend. */
async function dragWithFinger(app: Page): Promise<void> {
  const { x, y } = await centreOf(arrowOf(app))
  const cdp = await app.context().newCDPSession(app)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at?: number) =>
    cdp.send('Input.dispatchTouchEvent', { type, touchPoints: at === undefined ? [] : [{ x, y: at }] })
  await touch('touchStart', y)
  for (let step = 1; step <= 10; step++) await touch('touchMove', y + step * 50)
  await touch('touchEnd')
  await cdp.detach()
}

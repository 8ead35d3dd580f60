// A phone without a network: answers wait for it, codes do not, and a new version waits to be let in.
import type { Page } from '@playwright/test'
import { WireApplication } from '../support/wire-application.ts'
import { codeOn, nextCode } from './codes.ts'
import { expect, type Person, test } from './house.ts'
import type { Installation } from './installation.ts'
import { approve, type Phone, pendingBar, pressApprove, sheet } from './phone.ts'

const ENHANCED = { approval: 'enhanced', numberMatching: false } as const
const PRESS_ONLY = { numberMatching: false }
const RETRYING = 'Could not send. Trying again…'
const TOO_LATE = 'We couldn’t reach the server in time.'
const MINUTE = 60_000

function setOffline(phone: Phone, offline: boolean): Promise<void> {
  return phone.browser.context.setOffline(offline)
}

/** A request's time is over, as far as the server knows. */
async function expire({ store }: Installation, { id }: Person): Promise<void> {
  await store.write((tx) =>
    tx.updateTable('login_requests').set({ expires_at: Date.now() }).where('user_id', '=', id).execute(),
  )
}

test('offline at Approve on the notification: it says so, and is sent when there is a network again', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone(ENHANCED)
  const asked = await harbour.ask(person.username)
  const notification = await phone.asked()
  await setOffline(phone, true)
  await phone.tray.press(notification, 'Approve')
  await phone.told(RETRYING)
  expect((await harbour.read(asked.id)).body.state).toBe('pending')
  await setOffline(phone, false)
  await phone.told('Approved')
  expect((await harbour.read(asked.id)).body.state).toBe('approved')
  expect(phone.windows()).toEqual([])
})

test('offline at Deny on the notification: that too, and then it can be reported', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone()
  const asked = await harbour.ask(person.username)
  const notification = await phone.asked()
  await setOffline(phone, true)
  await phone.tray.press(notification, 'Deny')
  await phone.told(RETRYING)
  await setOffline(phone, false)
  await phone.tray.press(await phone.told('Denied'), 'It wasn’t me!')
  await phone.told('Reported. This sign-in was stopped.')
  expect((await harbour.read(asked.id)).body).toMatchObject({ state: 'denied', reason: 'declined' })
  // The report has arrived: nobody may ask this person for a while.
  expect((await harbour.create(person.username)).status).toBe(423)
})

test('offline on the notification until the request has ended: nothing was approved, and it says so', async ({
  enrolledPhone,
  harbour,
  person,
  installation,
}) => {
  const phone = await enrolledPhone(ENHANCED)
  const asked = await harbour.ask(person.username)
  const notification = await phone.asked()
  await setOffline(phone, true)
  await phone.tray.press(notification, 'Approve')
  await phone.told(RETRYING)
  await expire(installation, person)
  await setOffline(phone, false)
  await phone.told('Expired, nothing was approved')
  expect((await harbour.read(asked.id)).body.state).toBe('expired')
})

test('offline on the notification for longer than the request lives: a clear end without any network', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone(ENHANCED)
  await harbour.ask(person.username)
  const notification = await phone.asked()
  await setOffline(phone, true)
  await phone.tray.press(notification, 'Approve')
  await phone.told(RETRYING)
  await letTimePassInWorker(phone)
  const said = await phone.told('Your answer could not be sent')
  expect(said.body).toContain('The request has ended. As far as this device knows, nothing was approved.')
})

async function letTimePassInWorker(phone: Phone): Promise<void> {
  const [worker] = phone.browser.context.serviceWorkers()
  await worker?.evaluate((minute) => {
    const { now } = Date
    Date.now = () => now() + minute
  }, MINUTE)
}

test('offline at Approve in the app: it says so while the ring runs on, and is sent when there is a network again', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone(PRESS_ONLY)
  const { page, asked } = await openRequest(phone, () => harbour.ask(person.username))
  await setOffline(phone, true)
  await pressApprove(page, sheet(page).getByText(RETRYING))
  await expect(sheet(page).getByRole('timer')).toBeVisible()
  expect((await harbour.read(asked.id)).body.state).toBe('pending')
  await setOffline(phone, false)
  await expect(sheet(page).getByRole('heading', { name: 'Approved' })).toBeVisible()
  expect((await harbour.read(asked.id)).body.state).toBe('approved')
})

test('offline in the app until it is too late: a clear end, and nothing is claimed that is not known', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone(PRESS_ONLY)
  const page = await phone.watcher()
  await page.clock.install()
  const asked = await harbour.ask(person.username)
  await page.goto(`${phone.origin}/requests/${asked.id}`)
  await expect(sheet(page).getByRole('heading', { name: 'Are you signing in?' })).toBeVisible()
  await setOffline(phone, true)
  await pressApprove(page, sheet(page).getByText(RETRYING))
  await page.clock.fastForward(MINUTE)
  await expect(sheet(page).getByRole('heading', { name: TOO_LATE })).toBeVisible()
  await expect(
    sheet(page).getByText('Look at your sign-in page: if it hasn’t gone on, start again there.'),
  ).toBeVisible()
})

test('the page is left while an answer waits: the sheet takes it up again', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone(PRESS_ONLY)
  const { page, asked } = await openRequest(phone, () => harbour.ask(person.username))
  await setOffline(phone, true)
  await pressApprove(page, sheet(page).getByText(RETRYING))
  await page.reload()
  await expect(sheet(page).getByText(RETRYING)).toBeVisible()
  await expect(sheet(page).getByRole('button', { name: 'Deny' })).toBeDisabled()
  await setOffline(phone, false)
  await expect(sheet(page).getByRole('heading', { name: 'Approved' })).toBeVisible()
  expect((await harbour.read(asked.id)).body.state).toBe('approved')
})

test('the sheet is put away while an answer waits: what becomes of it comes as a notification', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone(PRESS_ONLY)
  const { page, asked } = await openRequest(phone, () => harbour.ask(person.username))
  await setOffline(phone, true)
  await pressApprove(page, sheet(page).getByText(RETRYING))
  await page.keyboard.press('Escape')
  await expect(sheet(page)).toBeHidden()
  await setOffline(phone, false)
  await phone.told('Approved')
  expect((await harbour.read(asked.id)).body.state).toBe('approved')
})

test('app and worker stopped while an answer waits: Background Sync sends it', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone(PRESS_ONLY)
  const { page, asked } = await openRequest(phone, () => harbour.ask(person.username))
  phone.browser.setConnected(false)
  await pressApprove(page, sheet(page).getByText(RETRYING))
  await expect.poll(() => syncTags(page)).toEqual(['unsent-decisions'])
  await phone.lock()
  await phone.browser.cdp.send('ServiceWorker.stopAllWorkers')
  phone.browser.setConnected(true)
  expect((await harbour.read(asked.id)).body.state).toBe('pending')
  await phone.browser.push.sync('unsent-decisions')
  await phone.told('Approved')
  expect((await harbour.read(asked.id)).body.state).toBe('approved')
})

type Syncing = ServiceWorkerRegistration & { sync: { getTags(): Promise<string[]> } }

function syncTags(page: Page): Promise<string[]> {
  return page.evaluate(async () => ((await navigator.serviceWorker.ready) as Syncing).sync.getTags())
}

/** On the sheet, with the notification of it gone from the tray. */
async function openRequest<Asked extends { id: string }>(phone: Phone, ask: () => Promise<Asked>) {
  const page = await phone.open()
  await expect(page.getByRole('heading', { name: 'Your codes' })).toBeVisible()
  const asked = await ask()
  await phone.tray.dismiss(await phone.asked())
  await pendingBar(page).click()
  await expect(sheet(page).getByRole('heading', { name: 'Are you signing in?' })).toBeVisible()
  return { page, asked }
}

test('the app starts without a network: codes at once, and they are right', async ({
  enrolledPhone,
  harbour,
  person,
  installation,
}) => {
  const phone = await enrolledPhone()
  await setOffline(phone, true)
  const page = await phone.open()
  await expect(page.getByRole('heading', { name: 'Your codes' })).toBeVisible()
  // Which of the two is the browser's guess.
  await expect(page.getByText(/^Offline\. Codes still work\.$|^Can’t reach Harbour\. Retrying…$/)).toBeVisible()
  await nextCode(installation, person)
  expect((await harbour.verify(person.username, await codeOn(page))).body).toMatchObject({ valid: true })

  // Every address of the app opens, and no other gets the app's shell.
  await page.goto(`${phone.origin}/settings`)
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible()
  await page.goto(`${phone.origin}/history`)
  await expect(page.getByText('History needs a connection.')).toBeVisible()
  for (const path of ['/login/x', '/oidc/jwks', '/device/v1/config', '/healthz'])
    await expect(page.goto(phone.origin + path)).rejects.toThrow(/ERR_INTERNET_DISCONNECTED|ERR_FAILED/)
})

test('without a network a request that was known can be read, and is answered when there is one', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone(PRESS_ONLY)
  const asked = await harbour.ask(person.username)
  const notification = await phone.asked()
  await setOffline(phone, true)
  const page = await phone.opens(() => phone.tray.pressBody(notification))
  await expect(sheet(page).getByRole('heading', { name: 'Are you signing in?' })).toBeVisible()
  await sheet(page).getByRole('button', { name: 'Deny' }).click()
  await expect(sheet(page).getByText(RETRYING)).toBeVisible()
  await setOffline(phone, false)
  await expect(sheet(page).getByRole('heading', { name: 'Denied. Was this you?' })).toBeVisible()
  expect((await harbour.read(asked.id)).body).toMatchObject({ state: 'denied', reason: 'declined' })
})

const UPDATE = 'A new version is ready'

/** Which version answers this page. */
function versionBehind(page: Page): Promise<string | undefined> {
  return page.evaluate(async () => {
    const script = navigator.serviceWorker.controller
    const answer = new MessageChannel()
    const told = new Promise<string | undefined>((resolve) => {
      answer.port1.onmessage = ({ data }) => resolve(data)
    })
    script?.postMessage('which version?', [answer.port2])
    return told
  })
}

function version(name: string): string {
  return `self.addEventListener('message', ({ data, ports: [port] }) => {
    if (data === 'which version?') port.postMessage('${name}')
  })`
}

/** Resolves when this page has got another worker. Runs in the page. */
function anotherWorker(): Promise<void> {
  return new Promise((resolve) => {
    navigator.serviceWorker.addEventListener('controllerchange', () => resolve(), { once: true })
  })
}

test('a new version is offered, in every window, and comes when it is let in', async ({ newPhone, link }) => {
  const phone = await newPhone()
  phone.browser.changeWorker(version('old'))
  const page = await phone.enrol(await link())
  expect(await versionBehind(page)).toBe('old')
  phone.browser.changeWorker(version('new'))
  await page.reload()
  const other = await phone.open('/settings')
  await expect(page.getByText(UPDATE)).toBeVisible()
  await expect(other.getByText(UPDATE)).toBeVisible()
  expect(await versionBehind(page)).toBe('old')

  const loaded = page.waitForEvent('load')
  await page.getByRole('button', { name: 'Update' }).click()
  await loaded
  await expect(page.getByRole('heading', { name: 'Your codes' })).toBeVisible()
  await expect(page.getByText(UPDATE)).toBeHidden()
  expect(await versionBehind(page)).toBe('new')
  // The other window is not torn away from whoever reads in it: it goes on offering.
  await expect(other.getByText(UPDATE)).toBeVisible()
  const reloaded = other.waitForEvent('load')
  await other.getByRole('button', { name: 'Update' }).click()
  await reloaded
  await expect(other.getByRole('heading', { name: 'Settings' })).toBeVisible()
  await expect(other.getByText(UPDATE)).toBeHidden()
})

test('a new version is not even offered while a request is open', async ({ newPhone, link, installation, person }) => {
  // Chromium may take a minute to change workers, when the old one was at something: the request has to outlive that.
  test.slow()
  const patient = await patientApplication(installation)
  const phone = await newPhone()
  phone.browser.changeWorker(version('old'))
  const page = await phone.enrol(await link(PRESS_ONLY))
  const asked = await patient.ask(person.username)
  await pendingBar(page).click()
  await expect(sheet(page).getByRole('heading', { name: 'Are you signing in?' })).toBeVisible()
  phone.browser.changeWorker(version('new'))
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update())
  // Another window lets it in meanwhile; this one keeps its request.
  const other = await phone.open()
  const taken = page.evaluate(anotherWorker)
  await other.getByRole('button', { name: 'Update' }).click()
  await taken
  expect(await versionBehind(page)).toBe('new')
  await expect(page.getByText(UPDATE)).toBeHidden()
  await approve(page)
  expect((await patient.read(asked.id)).body.state).toBe('approved')
  await sheet(page).getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText(UPDATE)).toBeVisible()
})

/** Its requests live for five minutes. */
async function patientApplication({ command, wire }: Installation): Promise<WireApplication> {
  const { id, apiKey } = await command<{ id: string; apiKey: string }>(['app', 'add', 'Patience'])
  await command(['policy', 'set', id, '--policy', JSON.stringify({ requestLifetime: 300 })])
  return new WireApplication(wire, apiKey)
}

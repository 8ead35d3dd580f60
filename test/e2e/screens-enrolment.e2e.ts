// Every state of the first opening and of an enrolment, looked at. With SCREENS set, pictures are in test/out/screens.
import { devices, type Page } from '@playwright/test'
import { addVirtualAuthenticator } from '../support/virtual-authenticator.ts'
import { walkThrough } from './phone.ts'
import { lookAt } from './screens/look.ts'
import { expect, test } from './screens/stage.ts'

const WELCOME = 'Approve your sign-ins here.'

test('first opening: no token', async ({ newcomer: page, installation }) => {
  await page.goto(installation.appOrigin)
  await expect(page.getByRole('heading', { name: WELCOME })).toBeVisible()
  await expect(page.getByText('Had a token here?')).toBeHidden()
  await lookAt(page, 'welcome')
})

test('first opening: a code being typed, then one that is none', async ({ newcomer: page, installation }) => {
  await page.goto(installation.appOrigin)
  const code = page.getByRole('textbox', { name: 'Activation code' })
  await code.fill('0123-4567-89ab cdef')
  await expect(page.getByText('10 characters to go')).toBeVisible()
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByText('That is not an activation code.')).toBeVisible()
  await lookAt(page, 'welcome-no-code')
})

test('first opening: a token was here once', async ({ newcomer: page, installation }) => {
  await page.goto(`${installation.appOrigin}/robots.txt`)
  await page.evaluate(() => cookieStore.set({ name: '__Host-had-tokens', value: '1', sameSite: 'strict' }))
  await page.goto(installation.appOrigin)
  await expect(page.getByText('Had a token here?')).toBeVisible()
  await lookAt(page, 'welcome-had-token')
})

test('first opening: an enrolment was left half way', async ({ newcomer: page, installation, link, person }) => {
  await page.goto(await link())
  await expect(page.getByRole('button', { name: 'Add this token' })).toBeVisible()
  await page.goto(installation.appOrigin)
  const left = page.getByText(`You were adding a token for ${person.username} at Harbour.`)
  await expect(left).toBeVisible()
  await lookAt(page, 'welcome-left')
  await page.getByRole('button', { name: 'Don’t add it' }).click()
  await expect(left).toBeHidden()
  await page.reload()
  await expect(page.getByRole('heading', { name: WELCOME })).toBeVisible()
  await expect(left).toBeHidden()
})

test('first opening: the browser is too old', async ({ newcomer: page, installation }) => {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'HTMLDialogElement'))
  await page.goto(installation.appOrigin)
  await expect(page.getByText('This browser is too old for Countersign.')).toBeVisible()
  await lookAt(page, 'too-old')
})

test('first opening: settings without a token', async ({ newcomer: page, installation }) => {
  await page.goto(`${installation.appOrigin}/settings`)
  await expect(page.getByRole('heading', { name: 'About' })).toBeVisible()
  await lookAt(page, 'settings-no-token')
})

test('first opening: scanning without a camera', async ({ newcomer: page, installation }) => {
  await page.addInitScript(() => {
    const BarcodeDetector = { getSupportedFormats: async () => ['qr_code'] }
    Object.assign(globalThis, { BarcodeDetector })
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'))
  })
  await page.goto(installation.appOrigin)
  await lookAt(page, 'welcome-scan')
  await page.getByRole('button', { name: 'Scan' }).click()
  await expect(page.getByText('The camera can’t be used. Type the code instead.')).toBeVisible()
  await lookAt(page, 'scan-no-camera')
})

test('first opening: scanning', async ({ newcomer: page, installation }) => {
  await page.addInitScript(() => {
    const BarcodeDetector = class {
      static getSupportedFormats = async () => ['qr_code']
      detect = async () => []
    }
    Object.assign(globalThis, { BarcodeDetector })
    const { mediaDevices } = navigator
    mediaDevices.getUserMedia = async () => document.createElement('canvas').captureStream()
  })
  await page.goto(installation.appOrigin)
  await page.getByRole('button', { name: 'Scan' }).click()
  await expect(page.getByText('Hold the QR code in front of the camera.')).toBeVisible()
  await lookAt(page, 'scan')
})

test('the activation link on a computer: a code to scan, or this computer instead', async ({ desk: page, link }) => {
  await page.goto(await link())
  await expect(page.getByRole('img', { name: 'QR code of your activation link' })).toBeVisible()
  await lookAt(page, 'handover')
})

const { userAgent: IPHONE = '' } = devices['iPhone 15'] ?? {}

test('the activation link on an iPhone is not opened in the browser: install, copy the code', async ({
  newcomer: page,
  installation,
  link,
}) => {
  const browser = await page.context().newCDPSession(page)
  await browser.send('Emulation.setUserAgentOverride', { userAgent: IPHONE })
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const opened: string[] = []
  page.on('request', (request) => request.url().includes('/enrolments/') && opened.push(request.url()))
  const activationUrl = await link()
  await page.goto(activationUrl)
  await expect(page.getByRole('heading', { name: 'Put this on your home screen first' })).toBeFocused()
  await page.getByRole('button', { name: 'Copy code' }).click()
  await expect(page.getByText('Copied')).toBeVisible()
  const code = new URL(activationUrl).hash.slice(1)
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code)
  expect(page.url()).toBe(`${installation.appOrigin}/enrol`)
  await lookAt(page, 'prepare')
  expect(opened).toEqual([])
  await page.getByRole('button', { name: 'Use this browser instead' }).click()
  await expect(page.getByRole('button', { name: 'Add this token' })).toBeVisible()
})

test('enrolment: the code is wrong', async ({ newcomer: page, installation }) => {
  await page.goto(`${installation.appOrigin}/enrol#0123456789abcdefghjkmnpqrs`)
  await expect(page.getByText('Code wrong, used or expired. Ask for a new one.')).toBeVisible()
  await lookAt(page, 'enrol-wrong-code')
})

test('enrolment: the server cannot be reached', async ({ newcomer: page, link }) => {
  await page.route('**/device/v1/**', (route) => route.abort())
  await page.goto(await link())
  await expect(page.getByText('The server can’t be reached.')).toBeVisible()
  await lookAt(page, 'enrol-unreachable')
})

test('enrolment: you', async ({ newcomer: page, link }) => {
  await page.goto(await link({ unlock: 'webauthn', numberDigits: 6 }))
  await expect(page.getByText('Unlock with fingerprint, face or screen lock')).toBeVisible()
  await lookAt(page, 'enrol-you')
})

test('enrolment: install', async ({ newcomer: page, link }) => {
  await page.goto(await link())
  await page.getByRole('button', { name: 'Add this token' }).waitFor()
  await page.evaluate(() => dispatchEvent(Object.assign(new Event('beforeinstallprompt'), { prompt: () => undefined })))
  await page.getByRole('button', { name: 'Add this token' }).click()
  await expect(page.getByRole('button', { name: 'Not now' })).toBeVisible()
  await lookAt(page, 'enrol-install')
})

/** Up to the step where the browser is to be asked. */
async function toNotifications(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByRole('button', { name: 'Add this token' }).click()
  await expect(page.getByRole('heading', { name: 'Let requests reach you' })).toBeVisible()
}

test('enrolment: notifications', async ({ newcomer: page, link }) => {
  await toNotifications(page, await link({ unlock: 'webauthn' }))
  await lookAt(page, 'enrol-notifications')
})

test('enrolment: notifications, while the browser asks', async ({ newcomer: page, link }) => {
  await page.addInitScript(() => {
    Notification.requestPermission = () => new Promise(() => undefined)
  })
  await toNotifications(page, await link())
  await page.getByRole('button', { name: 'Allow notifications' }).click()
  await expect(page.getByText('Asking your browser…')).toBeVisible()
  await lookAt(page, 'enrol-notifications-asking')
})

test('enrolment: notifications denied', async ({ newcomer: page, link }) => {
  await page.addInitScript(() => {
    Notification.requestPermission = async () => 'denied'
  })
  await toNotifications(page, await link())
  await page.getByRole('button', { name: 'Allow notifications' }).click()
  await expect(page.getByRole('heading', { name: 'Notifications are blocked' })).toBeVisible()
  await lookAt(page, 'enrol-notifications-denied')
})

test('enrolment: the push service does not answer for 15 seconds', async ({ newcomer: page, link }) => {
  await page.addInitScript(() => {
    Notification.requestPermission = async () => 'granted'
    PushManager.prototype.subscribe = () => new Promise(() => undefined)
  })
  await toNotifications(page, await link())
  await page.getByRole('button', { name: 'Allow notifications' }).click()
  await expect(async () => {
    await page.clock.runFor(5_000)
    await expect(page.getByText('The push service isn’t answering.')).toBeVisible({ timeout: 200 })
  }).toPass()
  await expect(page.getByText('You can finish later.')).toBeVisible()
  await lookAt(page, 'enrol-notifications-slow')
})

test('enrolment: a browser without notifications', async ({ newcomer: page, link }) => {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'PushManager'))
  await page.goto(await link())
  await page.getByRole('button', { name: 'Add this token' }).click()
  await expect(page.getByRole('heading', { name: 'This browser has no notifications' })).toBeVisible()
  await lookAt(page, 'enrol-notifications-unsupported')
})

test('enrolment: unlock', async ({ newcomer: page, link }) => {
  await toNotifications(page, await link({ unlock: 'webauthn' }))
  await page.getByRole('button', { name: 'Continue without' }).click()
  await expect(page.getByText('It never leaves this device.')).toBeVisible()
  await lookAt(page, 'enrol-unlock')
})

test('enrolment: unlock, while the browser asks', async ({ newcomer: page, link }) => {
  await page.addInitScript(() => {
    navigator.credentials.create = () => new Promise(() => undefined)
  })
  await toNotifications(page, await link({ unlock: 'webauthn' }))
  await page.getByRole('button', { name: 'Continue without' }).click()
  await page.getByRole('button', { name: 'Set up unlock' }).click()
  await expect(page.getByText('Waiting for your unlock…')).toBeVisible()
  await lookAt(page, 'enrol-unlock-waiting')
})

test('enrolment: unlock is not possible', async ({ newcomer: page, link }) => {
  await addVirtualAuthenticator(page, { prf: false })
  await toNotifications(page, await link({ unlock: 'webauthn' }))
  await page.getByRole('button', { name: 'Continue without' }).click()
  await page.getByRole('button', { name: 'Set up unlock' }).click()
  await expect(page.getByText('This browser can’t lock your token.')).toBeVisible()
  await lookAt(page, 'enrol-unlock-impossible')
})

test('enrolment: unlock was cancelled', async ({ newcomer: page, link }) => {
  await addVirtualAuthenticator(page, { userVerified: false })
  await toNotifications(page, await link({ unlock: 'webauthn' }))
  await page.getByRole('button', { name: 'Continue without' }).click()
  await page.getByRole('button', { name: 'Set up unlock' }).click()
  await expect(page.getByText('Unlock was cancelled. The token isn’t added yet.')).toBeVisible()
  await lookAt(page, 'enrol-unlock-cancelled')
})

test('enrolment: the token could not be added', async ({ newcomer: page, link }) => {
  await page.route('**/device/v1/enrolments/activate', (route) => route.abort())
  await toNotifications(page, await link())
  await page.getByRole('button', { name: 'Continue without' }).click()
  await expect(page.getByRole('heading', { name: 'The token couldn’t be added.' })).toBeVisible()
  await lookAt(page, 'enrol-failed')
})

test('enrolment: done, without notifications', async ({ newcomer: page, link }) => {
  await toNotifications(page, await link())
  await page.getByRole('button', { name: 'Continue without' }).click()
  await expect(page.getByRole('heading', { name: 'Your token is ready.' })).toBeVisible()
  await lookAt(page, 'enrol-done-without')
})

test('enrolment: a test is sent, and it works', async ({ newPhone, link }) => {
  const phone = await newPhone()
  const page = await phone.open((await link()).slice(phone.origin.length))
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await phone.browser.push.setReachable(false)
  await walkThrough(page)
  await expect(page.getByRole('heading', { name: 'Sending you a test…' })).toBeVisible()
  await lookAt(page, 'enrol-test-sending')
  await phone.browser.push.setReachable(true)
  await expect(page.getByRole('heading', { name: 'It works.' })).toBeVisible()
  await lookAt(page, 'enrol-test-works')
})

test('home: notifications are off', async ({ newcomer: page, link }) => {
  await toNotifications(page, await link())
  await page.getByRole('button', { name: 'Continue without' }).click()
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText('Notifications are off.')).toBeVisible()
  await lookAt(page, 'home-notifications-off')
})

test('home and settings: notifications are blocked', async ({ newcomer: page, link, installation }) => {
  await toNotifications(page, await link())
  await page.getByRole('button', { name: 'Continue without' }).click()
  await page.getByRole('button', { name: 'Done' }).click()
  await page.addInitScript(() => Object.defineProperty(Notification, 'permission', { value: 'denied' }))
  await page.goto(installation.appOrigin)
  await expect(page.getByText('Notifications are off.')).toBeVisible()
  await lookAt(page, 'home-notifications-blocked')
  await page.getByRole('link', { name: 'Settings' }).click()
  await expect(page.getByText('Blocked in this browser').first()).toBeVisible()
  await lookAt(page, 'settings-notifications-blocked')
})

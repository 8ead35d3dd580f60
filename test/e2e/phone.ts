// A person's phone: a Chromium of its own, with its own notification area and its own push.
import { fileURLToPath } from 'node:url'
import { devices, expect, type Locator, type Page } from '@playwright/test'
import { bundled } from '../support/bundled.ts'
import { copyProfile, type LaunchedBrowser, type NotificationSetting, setNotifications } from '../support/chromium.ts'
import type { DesktopNotification } from '../support/desktop-notification.ts'
import { type NotificationDaemon, startNotificationDaemon } from '../support/notification-daemon.ts'
import type { PushService } from '../support/push-service.ts'
import { type BrowserWithPush, launchWithPush } from '../support/push-stub.ts'
import { scratchFolder } from '../support/scratch.ts'
import { addVirtualAuthenticator, type VirtualAuthenticator } from '../support/virtual-authenticator.ts'
import { clearClock } from './app-store.ts'
import type {} from './enrol-here.ts'

const { defaultBrowserType: _, ...pixel } = devices['Pixel 7'] ?? {}

/** How such a browser draws and presents itself. */
export const PIXEL = pixel

let enrolHere: Promise<string> | undefined

/** As the tests' configuration has it, also where none is read: in the bench. */
const PATIENTLY = { timeout: 20_000 }

export interface PhoneOptions {
  /** Where the authenticator lives. */
  origin: string
  service: PushService
  /** What the person has said to notifications before the app asks; `prompt` leaves it to the test. */
  notifications?: NotificationSetting
  /** How wrong its clock is, in milliseconds. */
  clockAhead?: number
  /** A script that runs before all others, in its windows and in its worker. */
  prelude?: string
  /** Hears of each request as it leaves it. */
  heard?: (url: string) => void
  /** What `Phone.worn` made, where nothing hangs on how the app's worker came to be there. */
  worn?: string | undefined
}

/** @typeParam Browser one with the push stub, unless a test brings another */
export class Phone<Browser extends LaunchedBrowser = BrowserWithPush> implements AsyncDisposable {
  readonly origin: string
  readonly browser: Browser
  /** Its notification area; with every window closed, this is the locked screen. */
  readonly tray: NotificationDaemon
  /** Every address that any of its pages or its worker asked for. */
  readonly requested: string[] = []
  /** Who sent each decision that left it, oldest first. */
  readonly decisions: ('app' | 'worker')[] = []

  static async launch({ origin, service, ...options }: PhoneOptions): Promise<Phone> {
    const tray = await startNotificationDaemon()
    const { notifications = 'granted', clockAhead = 0 } = options
    const prelude = (clockAhead === 0 ? '' : clockScript(clockAhead)) + (options.prelude ?? '')
    const heard = options.heard ?? (() => {})
    const model = options.worn
    const browser = await launchWithPush({ origin, service, prelude, heard, model, env: tray.env, ...PIXEL })
    await setNotifications(browser, origin, notifications)
    return new Phone(origin, browser, tray)
  }

  /** The profile of a phone on which the app was opened before: its worker is there, and no token. */
  static async worn(options: Pick<PhoneOptions, 'origin' | 'service'>): Promise<string> {
    await using phone = await Phone.launch(options)
    const page = await phone.open()
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await expect(page.getByRole('heading').first()).toBeVisible(PATIENTLY)
    await phone.browser.context.close()
    const kept = await scratchFolder('worn')
    await copyProfile(phone.browser.profile, kept)
    return kept
  }

  constructor(origin: string, browser: Browser, tray: NotificationDaemon) {
    this.origin = origin
    this.browser = browser
    this.tray = tray
    browser.context.on('request', (request) => {
      this.requested.push(request.url())
      if (request.url() === `${origin}/device/v1/decisions`)
        this.decisions.push(request.serviceWorker() ? 'worker' : 'app')
    })
  }

  /** The person opens the app in one more window. */
  async open(path = '/'): Promise<Page> {
    const page = await this.browser.context.newPage()
    await page.goto(this.origin + path)
    return page
  }

  /** The windows of the app that are open now. */
  windows(): Page[] {
    return windowsOf(this.browser, this.origin)
  }

  /** The phone is laid down: no window of the app is left. */
  async lock(): Promise<void> {
    await Promise.all(this.windows().map((page) => page.close()))
  }

  /** Follows an activation link to its end. */
  async enrol(activationUrl: string): Promise<Page> {
    const page = await this.open(activationUrl.slice(this.origin.length))
    await walkThrough(page)
    await expect(page.getByRole('heading', { name: 'It works.' })).toBeVisible(PATIENTLY)
    await page.getByRole('button', { name: 'Done' }).click()
    await expect(page.getByRole('heading', { name: 'Your codes' })).toBeVisible(PATIENTLY)
    return page
  }

  /** Has a token at once, where how it came is not the point: the app's own parts enrol it, without the screens. */
  async hold(activationUrl: string): Promise<void> {
    enrolHere ??= bundled(fileURLToPath(new URL('enrol-here.ts', import.meta.url)))
    const page = await this.watcher()
    await page.evaluate(`(() => {${await enrolHere}})()`)
    await page.evaluate((url) => globalThis.enrolHere(url), activationUrl)
    await page.close()
  }

  /** The same for a token with unlock. An authenticator belongs to a page, so the page that enrols must answer too. */
  async enrolLocked(activationUrl: string): Promise<{ app: Page; finger: VirtualAuthenticator }> {
    const app = await this.watcher()
    const finger = await addVirtualAuthenticator(app)
    await app.goto(activationUrl)
    await walkThrough(app)
    await app.getByRole('button', { name: 'Set up unlock' }).click()
    await expect(app.getByRole('heading', { name: 'It works.' })).toBeVisible()
    await app.getByRole('button', { name: 'Done' }).click()
    return { app, finger }
  }

  /** The notification of a sign-in that asks now. */
  asked(application = 'Harbour'): Promise<DesktopNotification> {
    return this.told(`Sign in to ${application}?`)
  }

  /** The next notification with this title. */
  told(title: string): Promise<DesktopNotification> {
    return this.tray.next(({ summary }) => summary === title)
  }

  /** What the person says to notifications, in the browser's settings. */
  setNotifications(setting: NotificationSetting): Promise<void> {
    return setNotifications(this.browser, this.origin, setting)
  }

  /** The browser removes what the app keeps, as for want of space. */
  async loseData(): Promise<void> {
    const { origin } = this
    await this.browser.cdp.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' })
  }

  /** As if its clock had been set since it was last corrected: worker and store know nothing of it. */
  async forgetClock(): Promise<void> {
    const page = await this.watcher()
    await clearClock(page)
    await page.close()
    await this.browser.cdp.send('ServiceWorker.stopAllWorkers')
  }

  /** What the person does makes the app open by itself. */
  async opens(act: () => Promise<void>): Promise<Page> {
    const [page] = await Promise.all([this.browser.context.waitForEvent('page'), act()])
    await page.waitForLoadState()
    return page
  }

  /** A page of the app's origin without the app: what stands in the app's store and address, and no more. */
  async watcher(): Promise<Page> {
    return this.open('/robots.txt')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close()
    await this.tray.stop()
  }
}

function windowsOf({ context }: LaunchedBrowser, origin: string): Page[] {
  return context.pages().filter((page) => page.url().startsWith(`${origin}/`))
}

/** Presses its way to the end of an enrolment; the browser may or may not offer to install. */
export async function walkThrough(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add this token' }).click()
  const notNow = page.getByRole('button', { name: 'Not now' })
  const allow = page.getByRole('button', { name: 'Allow notifications' })
  await expect(notNow.or(allow)).toBeVisible(PATIENTLY)
  if (await notNow.isVisible()) await notNow.click()
  await allow.click()
}

/** The buttons that are ours; Chromium adds one of its own. */
export function buttonsOf({ actions }: DesktopNotification): string[] {
  return actions.map(({ label }) => label).filter((label) => label !== 'Settings')
}

/** The request on the sheet. */
export function sheet(page: Page): Locator {
  return page.getByRole('dialog')
}

/** Approves on the sheet. */
export function approve(page: Page): Promise<void> {
  return pressApprove(page, sheet(page).getByRole('heading', { name: 'Approved', exact: true }))
}

/**
 * Presses Approve on the sheet until it takes it: in its first moments it does not, lest a thumb on its way hits it.
 * @param comesOfIt what is then shown
 */
export async function pressApprove(page: Page, comesOfIt: Locator): Promise<void> {
  const button = sheet(page).getByRole('button', { name: /^(Approve|Yes, I am)$/ })
  await expect(async () => {
    if (!(await comesOfIt.isVisible())) await button.click({ timeout: 1_000 })
    await expect(comesOfIt).toBeVisible({ timeout: 1_000 })
  }).toPass()
}

/** What says that requests wait, and opens the newest of them. */
export function pendingBar(page: Page): Locator {
  return page.getByRole('complementary').getByRole('link')
}

/** As a clock that is set wrong: for scripts of pages and of the worker alike. @param ahead milliseconds */
export function clockScript(ahead: number): string {
  return `(() => {
    const RealDate = Date
    const now = () => RealDate.now() + ${ahead}
    globalThis.Date = class Date extends RealDate {
      constructor(...given) { given.length === 0 ? super(now()) : super(...given) }
      static now() { return now() }
    }
  })();`
}

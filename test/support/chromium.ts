// Starts a real Chromium for a test: a persistent profile of its own, since push is refused in incognito contexts.
import { accessSync, constants } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { basename, delimiter, join } from 'node:path'
import type { Browser, BrowserContext, CDPSession, Page } from '@playwright/test'
import { chromium } from '@playwright/test'
import { scratchFolder } from './scratch.ts'

export type ContextOptions = NonNullable<Parameters<typeof chromium.launchPersistentContext>[1]>

export interface LaunchOptions extends Omit<ContextOptions, 'env' | 'executablePath' | 'headless'> {
  /** Added to this process's environment; the notification daemon's goes here. */
  env?: Record<string, string>
  /** The profile of a browser that was closed, to begin with a copy of it. */
  model?: string | undefined
}

export interface LaunchedBrowser extends AsyncDisposable {
  /** Its folder. */
  profile: string
  context: BrowserContext
  /** The browser's own first page: it stays when a test closes all of its pages, and `cdp` with it. */
  home: Page
  cdp: CDPSession
  /** Closes the browser and removes its profile. */
  close(): Promise<void>
}

/** Chromium takes the last list of them alone, so those that Playwright switches off stand here again. */
const WITHOUT_FEATURES = [
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  // A process made ahead for each page that may come.
  'SpareRendererForSitePerProcess',
  'ThirdPartyStoragePartitioning',
  // Pages of the address bar, which nobody sees: a quarter of what a start costs, and a third of each change of colours.
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'WebUIOmniboxPopup',
]

const EVERYWHERE = [
  `--disable-features=${WITHOUT_FEATURES.join(',')}`,
  '--no-sandbox', // the sandbox refuses to run as root
  '--disable-gpu',
]

const FLAGS = [
  ...EVERYWHERE,
  '--headless=new', // the old headless mode shows no notifications
  '--process-per-site', // a process for each window more is half of what it costs
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A browser for as many computers as there are contexts: without push, nor anything that outlives one of them. */
export function launchComputers(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: EVERYWHERE })
}

export async function launchBrowser({
  env,
  model,
  args = [],
  ...options
}: LaunchOptions = {}): Promise<LaunchedBrowser> {
  const profile = await scratchFolder('chromium')
  const removeProfile = () => rm(profile, { recursive: true, force: true, maxRetries: 5 })
  try {
    if (model) await copyProfile(model, profile)
    const context = await chromium.launchPersistentContext(profile, {
      // Playwright's own `headless: true` starts another program; `--headless=new` is the whole browser.
      headless: false,
      executablePath: findChromium(),
      args: [...FLAGS, ...args],
      // What a test installs must not end up in the menus of whoever runs it.
      env: { ...inherited(), XDG_DATA_HOME: profile, ...env },
      ...options,
    })
    const home = context.pages()[0] ?? (await context.newPage())
    const cdp = await context.newCDPSession(home)
    const close = async () => {
      await context.close()
      await removeProfile()
    }
    return { profile, context, home, cdp, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await removeProfile()
    throw error
  }
}

/** Of a browser that is closed; whatever says that it runs is left out. */
export function copyProfile(from: string, to: string): Promise<void> {
  return cp(from, to, { recursive: true, filter: (path) => !basename(path).startsWith('Singleton') })
}

/** The first of `CHROMIUM_PATH`, an installed Chromium or Chrome, Playwright's own. */
export function findChromium(): string {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)]
  const installed = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  const candidates = [process.env.CHROMIUM_PATH ?? '', ...installed, chromium.executablePath()]
  const found = candidates.find(isExecutable)
  if (!found) throw new Error('No Chromium found: install the package `chromium`, or set CHROMIUM_PATH')
  return found
}

export type NotificationSetting = 'granted' | 'denied' | 'prompt'

/** What the person has chosen for notifications of this origin; may change at any time, as on a phone. */
export async function setNotifications(
  browser: LaunchedBrowser,
  origin: string,
  setting: NotificationSetting,
): Promise<void> {
  await browser.cdp.send('Browser.setPermission', { origin, permission: { name: 'notifications' }, setting })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return path !== ''
  } catch {
    return false
  }
}

function inherited(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])))
}

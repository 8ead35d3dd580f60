// An operator at their computer: a Chromium with a passkey of its own.
import { type BrowserContext, expect, type Page } from '@playwright/test'
import { violations } from './axe.ts'
import { addVirtualAuthenticator, type VirtualAuthenticator } from './virtual-authenticator.ts'

export type Look = {
  scheme: 'light' | 'dark'
  width: number
  /** axe's rules; all of them where absent */
  rules?: string[]
}

/** As every page of the console has to hold. The same elements have other colours by night, and another place when narrow. */
export const LOOKS: readonly Look[] = [
  { scheme: 'light', width: 1280 },
  { scheme: 'dark', width: 1280, rules: ['color-contrast'] },
  { scheme: 'light', width: 360, rules: ['target-size', 'scrollable-region-focusable'] },
  { scheme: 'dark', width: 360, rules: [] },
]

export class ConsoleBrowser {
  readonly page: Page
  readonly authenticator: VirtualAuthenticator

  constructor(page: Page, authenticator: VirtualAuthenticator) {
    this.page = page
    this.authenticator = authenticator
  }

  static async open(context: BrowserContext): Promise<ConsoleBrowser> {
    const page = await context.newPage()
    return new ConsoleBrowser(page, await addVirtualAuthenticator(page))
  }

  /** From a one-time link to a session. */
  async join(signInUrl: string, name?: string): Promise<void> {
    await this.page.goto(signInUrl)
    if (name !== undefined) await this.page.getByLabel('Your name').fill(name)
    await this.page.getByRole('button', { name: 'Make a passkey' }).click()
    await expect(this.page.getByRole('button', { name: 'Sign out' })).toBeAttached()
  }

  /** By the side bar, or the menu on a narrow screen. */
  async go(place: string): Promise<void> {
    const menu = this.page.getByRole('button', { name: 'Menu' })
    if (await menu.isVisible()) await menu.click()
    await this.page.getByRole('link', { name: place, exact: true }).click()
    await expect(this.page.getByRole('heading', { level: 1, name: place })).toBeFocused()
  }
}

/** Nothing that axe finds, and nothing wider than the screen, in light and dark, wide and narrow. */
export async function expectToHold(page: Page, name: string): Promise<void> {
  const before = page.viewportSize()
  for (const { scheme, width, rules } of LOOKS) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width, height: 800 })
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)))
    if (rules?.length !== 0) expect(await faults(page, rules)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    if (process.env.SCREENS !== undefined)
      await page.screenshot({ path: `test/out/console/${name}-${width}-${scheme}.png`, fullPage: true })
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null })
  if (before) await page.setViewportSize(before)
}

async function faults(page: Page, rules: string[] | undefined) {
  const found = await violations(page, rules && { rules })
  return found.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
}

// The page as different people have it before them: on a phone or a desk, by day or night, with large letters. The page
// itself stays as it is, so that a state that was brought up once can be looked at in every way.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CDPSession, Page } from '@playwright/test'

export interface Look {
  width: number
  height: number
  /** Dots for each of the page's pixels. */
  scale: number
  scheme: 'light' | 'dark'
  /** How much larger than usual the person reads. */
  letters: number
}

const phone = { width: 360, height: 740, scale: 2, letters: 1 }
const desktop = { width: 1280, height: 800, scale: 1, letters: 1 }

export const PHONE: Look = { ...phone, scheme: 'light' }
export const PHONE_AT_NIGHT: Look = { ...phone, scheme: 'dark' }
export const DESKTOP: Look = { ...desktop, scheme: 'light' }
export const DESKTOP_AT_NIGHT: Look = { ...desktop, scheme: 'dark' }
/** WCAG 2.2 §1.4.4 and §1.4.10 at once: a narrow screen, and text twice as large. */
export const LARGE_LETTERS: Look = { width: 320, height: 640, scale: 1, scheme: 'light', letters: 2 }

const USUAL_LETTERS = 16

export class Sizes {
  readonly #page: Page
  readonly #cdp: CDPSession

  static async of(page: Page): Promise<Sizes> {
    return new Sizes(page, await page.context().newCDPSession(page))
  }

  constructor(page: Page, cdp: CDPSession) {
    this.#page = page
    this.#cdp = cdp
  }

  async show({ width, height, scale, scheme, letters }: Look): Promise<void> {
    const size = USUAL_LETTERS * letters
    await this.#page.emulateMedia({ colorScheme: scheme })
    await this.#cdp.send('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: scale,
      mobile: false,
    })
    await this.#cdp.send('Page.setFontSizes', { fontSizes: { standard: size, fixed: size } })
    await this.#page.evaluate(stillness)
  }

  /** All of it, also what has to be scrolled to. */
  async picture(look: Look, path: string): Promise<void> {
    const height = await this.#page.evaluate(() => document.documentElement.scrollHeight)
    const isLong = height > look.height
    if (isLong) await this.show({ ...look, height })
    const { data } = await this.#cdp.send('Page.captureScreenshot')
    if (isLong) await this.show(look)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, data, 'base64')
  }

  async done(): Promise<void> {
    await this.#cdp.detach()
  }
}

/** Runs in the page: drawn anew, and nothing on its way any more. */
async function stillness(): Promise<void> {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
  await Promise.allSettled(document.getAnimations().map(({ finished }) => finished))
}

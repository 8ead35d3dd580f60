// A person at a computer who wants to get into Harbour: the road to the login page and back, step by step.
import { type BrowserContext, expect, type Locator, type Page } from '@playwright/test'
import type { Harbour } from './harbour.ts'
import { test as base, PASSWORD } from './house.ts'
import { witness } from './witness.ts'

export const AUTOSEND = 'Use my mobile to autosend a passcode'
export const TYPED = 'Type a passcode'

/** Every test of the road ends with a look at what the computer's browser asked for and complained about. */
export const test = base.extend({
  computer: async ({ computer, installation, site }, use) => {
    const seen = await witness(computer)
    await use(computer)
    expect(seen.complaints).toEqual([])
    expect(seen.elsewhere(installation.publicOrigin, installation.appOrigin, site.origin)).toEqual([])
  },
})

type Site = Pick<Harbour, 'origin'>

export class SignIn {
  readonly page: Page

  /** Opens Harbour and presses its button: the login page comes up. */
  static async at(site: Site, computer: BrowserContext): Promise<SignIn> {
    const page = await computer.newPage()
    await page.goto(site.origin)
    await page.getByRole('link', { name: 'Sign in' }).click()
    const signIn = new SignIn(page)
    await expect(signIn.heading('Sign in to Harbour')).toBeVisible()
    return signIn
  }

  constructor(page: Page) {
    this.page = page
  }

  heading(name: string): Locator {
    return this.page.getByRole('heading', { name, exact: true })
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  async password(username: string, password = PASSWORD): Promise<void> {
    await this.page.getByLabel('User name').fill(username)
    await this.page.getByLabel('Password', { exact: true }).fill(password)
    await this.button('Next').click()
  }

  /** The first factor, which is right. */
  async as(username: string): Promise<this> {
    await this.password(username)
    await expect(this.heading('Confirm it’s you')).toBeVisible()
    return this
  }

  /** 'Use my mobile', Submit: the page waits. */
  async push(): Promise<this> {
    await this.page.getByRole('radio', { name: AUTOSEND }).check()
    await this.button('Submit').click()
    await expect(this.heading('Answer on your device')).toBeVisible()
    return this
  }

  /** What is to be typed on the device. */
  async number(): Promise<string> {
    const number = this.page.getByText('Open the notification on your device and type').getByRole('strong')
    await expect(number).toHaveText(/^\d+$/)
    return (await number.textContent()) ?? ''
  }

  async typed(passcode: string): Promise<void> {
    await this.page.getByRole('radio', { name: TYPED, exact: true }).check()
    await this.page.getByLabel('Passcode', { exact: true }).fill(passcode)
    await this.button('Submit').click()
  }

  /** Harbour has let the person in, and says how. */
  async arrives(site: Site, { username, acr, amr }: { username: string; acr: string; amr: string }): Promise<void> {
    await expect(this.heading(`Welcome aboard, ${username}`)).toBeVisible()
    expect(this.page.url()).toBe(`${site.origin}/`)
    await expect(this.page.getByRole('definition').filter({ hasText: /^pwd / })).toHaveText(amr)
    await expect(this.page.getByRole('definition').filter({ hasText: /^urn:/ })).toHaveText(acr)
  }

  /** Harbour was told that nobody signed in. */
  async turnsBack(): Promise<void> {
    await this.button('Back to Harbour').click()
    await expect(this.heading('You are not signed in')).toBeVisible()
    await expect(this.page.getByText('You turned back, or your sign-in was not approved.')).toBeVisible()
  }
}

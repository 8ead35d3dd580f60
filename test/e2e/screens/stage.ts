// What the tests of screens stand in: the house with its one phone that has a token, and browsers without any.
import { type BrowserContext, devices, type Page } from '@playwright/test'
import { test as house } from '../house.ts'
import { Handset } from './handset.ts'
import { LoginScreen } from './login-screen.ts'

export { expect } from '@playwright/test'

const { defaultBrowserType: _, ...PIXEL } = devices['Pixel 7'] ?? {}

interface Own {
  /** The authenticator with a token. */
  handset: Handset
  /** A phone's browser in which nothing was ever opened. */
  newcomer: Page
  /** A browser at a desk. */
  desk: Page
  login: LoginScreen
}

export const test = house.extend<Own>({
  handset: async ({ carried }, use) => {
    const handset = await Handset.on(carried)
    await use(handset)
    await handset.page.close()
  },
  newcomer: async ({ computers }, use) => {
    const context = await computers.newContext({ ...PIXEL, reducedMotion: 'reduce' })
    await use(await timedPage(context))
    await context.close()
  },
  desk: async ({ computers }, use) => {
    const context = await computers.newContext({ reducedMotion: 'reduce' })
    await use(await timedPage(context))
    await context.close()
  },
  login: async ({ desk, installation }, use) => use(new LoginScreen(desk, installation.publicOrigin)),
})

/** Its time goes on as usual, until somebody looks at it. */
async function timedPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  await page.clock.install()
  return page
}

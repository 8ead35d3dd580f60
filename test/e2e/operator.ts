// Somebody of the organisation at their computer, signed in to the console of the shared installation.
import type { BrowserContext } from '@playwright/test'
import { ConsoleBrowser } from '../support/console-browser.ts'
import { WireDevice } from '../support/wire-device.ts'
import { test as base } from './house.ts'

export { expect } from './house.ts'

interface Own {
  operator(role: string, name?: string): Promise<ConsoleBrowser>
  newComputer(): Promise<BrowserContext>
  /** A device of the person's, without a browser, for where nobody looks at it. */
  device: WireDevice
}

let operators = 0

export const test = base.extend<Own>({
  newComputer: async ({ computers }, use) => {
    await using stack = new AsyncDisposableStack()
    await use(async () => {
      const context = await computers.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
      stack.defer(() => context.close())
      return context
    })
  },
  device: async ({ installation, person }, use) => {
    const { code } = await installation.command<{ code: string }>(['enrol', person.username])
    await use(await new WireDevice(installation.wire).enrol(code))
  },
  operator: async ({ installation, newComputer }, use) => {
    await use(async (role, name = `${role} ${++operators}`) => {
      const { signInUrl } = await installation.command<{ signInUrl: string }>(['operator', 'add', name, '--role', role])
      const browser = await ConsoleBrowser.open(await newComputer())
      await browser.join(signInUrl)
      return browser
    })
  },
})

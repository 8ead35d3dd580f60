import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { launchBrowser } from './chromium.ts'

it('starts in a fresh profile and leaves nothing behind', async () => {
  const browser = await launchBrowser()
  const session = await browser.context.browser()?.newBrowserCDPSession()
  const commandLine = (await session?.send('SystemInfo.getInfo'))?.commandLine
  const profile = /--user-data-dir=(\S+)/.exec(commandLine ?? '')?.[1] ?? ''
  expect(existsSync(profile)).toBe(true)
  expect(browser.context.pages()).toEqual([browser.home])
  await browser.close()
  expect(existsSync(profile)).toBe(false)
}, 30_000)

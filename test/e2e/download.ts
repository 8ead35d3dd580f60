// A file that a page gives away, as text.
import type { Page } from '@playwright/test'

/** @param press what makes the page give it */
export async function downloaded(page: Page, press: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), press()])
  const stream = await download.createReadStream()
  return { name: download.suggestedFilename(), text: (await stream.toArray()).join('') }
}

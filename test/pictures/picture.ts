// One picture of docs: WebP, and small enough for a page that shows a dozen.
import { writeFile } from 'node:fs/promises'
import { expect, type Page } from '@playwright/test'

const MOST_BYTES = 66_000

/** What is in sight becomes `docs/pictures/<name>.webp`. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.evaluate(asAtExample)
  const data = Buffer.from(await inSight(page), 'base64')
  expect(data.length, `${name} is too large for a page of docs`).toBeLessThan(MOST_BYTES)
  await writeFile(new URL(`../../docs/pictures/${name}.webp`, import.meta.url), data)
}

/** Who reads it has a host of their own, not a port of whoever drew it. Runs in the page. */
function asAtExample(): void {
  const atExample = (text: string) =>
    text
      .replaceAll(/https?:\/\/localhost:\d+/g, 'https://login.example.org')
      .replaceAll(/localhost:\d+/g, 'ldap1.example.org:636')
      .replaceAll('localhost', 'login.example.org')
  // What may end its lines within itself stands in pieces.
  for (const whole of document.querySelectorAll(':has(> wbr)'))
    if (whole.textContent.includes('localhost'))
      whole.textContent = atExample(whole.textContent).replaceAll(/(?<=\w[/-])(?=\w)/g, '\u200b')
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) walker.currentNode.nodeValue = atExample(walker.currentNode.nodeValue ?? '')
  for (const field of document.querySelectorAll<HTMLInputElement>('input[type=text]'))
    field.value = atExample(field.value)
}

/** @returns WebP, in base64 */
export async function inSight(page: Page): Promise<string> {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)))
  const cdp = await page.context().newCDPSession(page)
  const { data } = await cdp.send('Page.captureScreenshot', { format: 'webp', quality: 75 })
  return data
}

// Looks at a screen as everybody may have it before them. Pictures go into a folder that is not kept, for people to look
// at; what a program can tell of a screen (axe, cut text, the keyboard's way) is asserted.
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { cutText } from './cut-text.ts'
import { DESKTOP, DESKTOP_AT_NIGHT, LARGE_LETTERS, type Look, PHONE, PHONE_AT_NIGHT, Sizes } from './sizes.ts'
import { keyboardFaults } from './tab-order.ts'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const LOOKS: Record<string, Look> = {
  phone: PHONE,
  'phone-at-night': PHONE_AT_NIGHT,
  desktop: DESKTOP,
  'desktop-at-night': DESKTOP_AT_NIGHT,
}

/**
 * The page's time stands still afterwards.
 * @param name of the pictures
 * @param keyboard false for what goes away as soon as the focus leaves it
 */
export async function lookAt(page: Page, name: string, { keyboard = true } = {}): Promise<void> {
  // Rings, codes and 'Asked 8 seconds ago' stay as they are while they are looked at.
  await page.clock.setFixedTime(await page.evaluate(() => Date.now()))
  const sizes = await Sizes.of(page)
  for (const [way, look] of Object.entries(LOOKS)) {
    await sizes.show(look)
    await sizes.picture(look, `test/out/screens/${way}/${name}.png`)
    // Its layout was judged by day, its colours on the phone.
    if (look !== DESKTOP_AT_NIGHT) expect.soft(await violations(page), `${name}, ${way}: axe`).toEqual([])
    expect.soft(await cutText(page), `${name}, ${way}: text`).toEqual([])
  }
  await sizes.show(LARGE_LETTERS)
  await sizes.picture(LARGE_LETTERS, `test/out/screens/large-letters/${name}.png`)
  expect.soft(await cutText(page), `${name}, large letters: text`).toEqual([])
  await sizes.show(PHONE)
  if (keyboard) expect.soft(await keyboardFaults(page), `${name}: keyboard`).toEqual([])
  await sizes.done()
}

async function violations(page: Page): Promise<string[]> {
  // In the page itself: the other way opens a second one beside it, and ours would be told that nobody sees it.
  const { violations: found } = await new AxeBuilder({ page }).withTags(RULES).setLegacyMode().analyze()
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`))
}

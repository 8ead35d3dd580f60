// Looks at a screen as everybody may have it before them: what a program can tell of it (axe, cut text, the keyboard's
// way) is asserted. With SCREENS set there are pictures too, in a folder that is not kept, for people to look at.
import { expect, type Page } from '@playwright/test'
import { violations } from '../../support/axe.ts'
import { cutText } from './cut-text.ts'
import { DESKTOP, DESKTOP_AT_NIGHT, LARGE_LETTERS, type Look, PHONE, PHONE_AT_NIGHT, Sizes } from './sizes.ts'
import { keyboardFaults } from './tab-order.ts'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe judges of a look. The same elements stand on a desktop; at night the same have other colours. */
type Judged = 'all' | 'colours' | 'nothing'

const LOOKS: { way: string; look: Look; judged: Judged }[] = [
  { way: 'phone', look: PHONE, judged: 'all' },
  { way: 'phone-at-night', look: PHONE_AT_NIGHT, judged: 'colours' },
  { way: 'desktop', look: DESKTOP, judged: 'nothing' },
  { way: 'large-letters', look: LARGE_LETTERS, judged: 'nothing' },
]

/** Seen, and nothing else: text that fits by day fits at night. */
const SEEN_ONLY = { way: 'desktop-at-night', look: DESKTOP_AT_NIGHT, judged: 'nothing' as const }
const DRAWN = process.env.SCREENS !== undefined

/**
 * The page's time stands still afterwards.
 * @param name of the pictures
 * @param keyboard false for what goes away as soon as the focus leaves it
 * @param axe false for a screen that was judged with other words on it
 */
export async function lookAt(page: Page, name: string, { keyboard = true, axe = true } = {}): Promise<void> {
  // Rings, codes and 'Asked 8 seconds ago' stay as they are while they are looked at.
  await page.clock.setFixedTime(await page.evaluate(() => Date.now()))
  const sizes = await Sizes.of(page)
  for (const { way, look, judged } of DRAWN ? [...LOOKS, SEEN_ONLY] : LOOKS) {
    if (!DRAWN && !axe && look.scheme === 'dark') continue
    await sizes.show(look)
    if (DRAWN) await sizes.picture(look, `test/out/screens/${way}/${name}.png`)
    if (axe && judged !== 'nothing') expect.soft(await faults(page, judged), `${name}, ${way}: axe`).toEqual([])
    if (look.scheme === 'light') expect.soft(await cutText(page), `${name}, ${way}: text`).toEqual([])
  }
  await sizes.show(PHONE)
  if (keyboard) expect.soft(await keyboardFaults(page), `${name}: keyboard`).toEqual([])
  await sizes.done()
}

async function faults(page: Page, judged: 'all' | 'colours'): Promise<string[]> {
  const found = await violations(page, judged === 'all' ? { tags: TAGS } : { rules: ['color-contrast'] })
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`))
}

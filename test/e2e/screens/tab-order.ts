// A screen by keyboard alone: Tab comes to everything that can be pressed or filled in, and one sees where one is.
import type { Page } from '@playwright/test'

/** What is wrong, in words. */
export async function keyboardFaults(page: Page): Promise<string[]> {
  const names = await page.evaluate(begin)
  const reached = new Set<number>()
  const faults: string[] = []
  // Once around, with the browser's own stops between the end and the beginning.
  for (let press = 0; press < names.length + 3 && reached.size < names.length; press++) {
    await page.keyboard.press('Tab')
    const { at, fault } = await page.evaluate(look)
    if (at >= 0) reached.add(at)
    if (fault) faults.push(`${names[at]} ${fault}`)
  }
  return [...faults, ...names.filter((_, index) => !reached.has(index)).map((name) => `Tab never comes to ${name}`)]
}

type Stops = { tabStops: Element[] }

/** Runs in the page. */
function begin(): string[] {
  const room = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body
  const kinds = 'a[href], button, input, select, textarea, summary, [tabindex="0"]'
  const stops = [...room.querySelectorAll<HTMLElement>(kinds)].filter(
    (element) =>
      element.tabIndex >= 0 && !element.matches(':disabled') && element.checkVisibility() && !isOtherChoice(element),
  )
  ;(globalThis as unknown as Stops).tabStops = stops
  ;(document.activeElement as HTMLElement | null)?.blur()
  getSelection()?.removeAllRanges()
  return stops.map((element) => element.getAttribute('aria-label') || element.textContent?.trim() || element.tagName)

  /** Tab goes to one of a group of radio buttons; arrows go on from there. */
  function isOtherChoice(element: HTMLElement): boolean {
    if (!(element instanceof HTMLInputElement) || element.type !== 'radio' || element.checked) return false
    return room.querySelector(`input[name="${element.name}"]:checked`) !== null
  }
}

/** Runs in the page. */
async function look(): Promise<{ at: number; fault?: string }> {
  const element = document.activeElement as HTMLElement
  const at = (globalThis as unknown as Stops).tabStops.indexOf(element)
  if (at < 0) return { at }
  if (!isSeen()) return { at, fault: 'has the focus and is not in sight' }
  return (await hasSign()) ? { at } : { at, fault: 'has the focus, and nothing shows it' }

  /** WCAG 2.2 §2.4.11; links and codes for voices only have no place on the screen. */
  function isSeen(): boolean {
    if (element.closest('.visually-hidden')) return true
    const { left, right, top, bottom } = element.getBoundingClientRect()
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    return hit !== null && (element.contains(hit) || hit.contains(element) || hit.closest('label') !== null)
  }

  /** Its own outline, or a difference in what stands around it. */
  async function hasSign(): Promise<boolean> {
    if (element.closest('.visually-hidden')) return true
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    if (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2) return true
    const parent = element.parentElement
    const around = [parent, parent?.parentElement, ...(parent?.children ?? [])].filter((one) => one != null)
    const drawn = () =>
      around.map((one) => {
        const { outline, boxShadow } = getComputedStyle(one)
        return outline + boxShadow
      })
    const focused = drawn().join()
    element.blur()
    await new Promise((drawnAnew) => requestAnimationFrame(drawnAnew))
    const left = drawn().join()
    element.focus({ preventScroll: true })
    return focused !== left
  }
}

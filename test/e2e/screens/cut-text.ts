// Text that a person can't read in full: outside the page, behind an edge that cuts, under other text.
import type { Page } from '@playwright/test'

/** What is wrong, in words; nothing where all of it can be read. */
export function cutText(page: Page): Promise<string[]> {
  return page.evaluate(find)
}

/** Runs in the page. */
function find(): string[] {
  interface Run {
    text: string
    element: Element
    rect: DOMRect
    /** What lies over the rest on purpose: while that scrolls beneath it, or until something is chosen. */
    above: Element | null
  }
  const width = document.documentElement.clientWidth
  const room = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body
  const runs = runsIn(room)
  const wide = document.documentElement.scrollWidth
  return [
    ...(wide > width ? [`the page is ${wide} wide on a screen of ${width}`] : []),
    ...runs.filter(isOutside).map((run) => `'${run.text}' goes over the side`),
    ...runs.flatMap(cutBy),
    ...[...room.querySelectorAll<HTMLInputElement>('input[readonly]')].flatMap(cutValue),
    ...overlaps(),
  ]

  function runsIn(root: Element): Run[] {
    const found: Run[] = []
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement
      const text = walker.currentNode.textContent?.trim() ?? ''
      if (!element || text === '' || !isDrawn(element)) continue
      const range = document.createRange()
      range.selectNodeContents(walker.currentNode)
      for (const rect of range.getClientRects())
        if (rect.width > 0) found.push({ text, element, rect, above: aboveRest(element) })
    }
    return found
  }

  /** Not what is only there to be read aloud, nor the title of a drawing. */
  function isDrawn(element: Element): boolean {
    if (element.closest('.visually-hidden, svg')) return false
    return element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  }

  function aboveRest(element: Element): Element | null {
    for (let at: Element | null = element; at && at !== room; at = at.parentElement)
      if (at.role === 'menu' || ['sticky', 'fixed'].includes(getComputedStyle(at).position)) return at
    return null
  }

  function isOutside({ rect }: Run): boolean {
    return rect.left < -1 || rect.right > width + 1
  }

  function cutBy({ text, element, rect }: Run): string[] {
    for (let at: Element | null = element; at && at !== document.documentElement; at = at.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(at)
      const edge = at.getBoundingClientRect()
      const isBeside = rect.left < edge.left - 1 || rect.right > edge.right + 1
      if (overflowX !== 'visible' && isBeside) return [`'${text}' is cut at the side by ${at.tagName}.${at.className}`]
      if (overflowY === 'auto' || overflowY === 'scroll') return []
      // Half a line is cut text; what a font's box has above its letters is not.
      const slack = rect.height / 4
      const isBeyond = rect.top < edge.top - slack || rect.bottom > edge.bottom + slack
      if (overflowY !== 'visible' && isBeyond) return [`'${text}' is cut by ${at.tagName}.${at.className}`]
    }
    return []
  }

  /** What is shown in a field that nobody can scroll by typing. */
  function cutValue({ value, scrollWidth, clientWidth }: HTMLInputElement): string[] {
    return scrollWidth > clientWidth ? [`'${value}' is cut by its field`] : []
  }

  function overlaps(): string[] {
    return runs.flatMap((one, index) =>
      runs
        .slice(index + 1)
        .filter((other) => other.element !== one.element && other.above === one.above && isUnder(one.rect, other.rect))
        .map((other) => `'${one.text}' and '${other.text}' lie over one another`),
    )
  }

  function isUnder(a: DOMRect, b: DOMRect): boolean {
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left)
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
    // The boxes of lines reach a little into one another.
    return across > 2 && down > Math.min(a.height, b.height) * 0.3
  }
}

// Whoever goes by the keyboard stays where they were when what they pressed goes away with the answer.

/** @returns to be called once the page has changed: a focus that got lost goes to the heading of its part, or its page */
export function rememberFocus(): () => void {
  const had = document.activeElement
  const places = [had?.closest('section, dialog'), had?.closest('main')]
  return () => {
    if (had?.isConnected || document.activeElement !== document.body) return
    land(places.find((place) => place?.isConnected)?.querySelector<HTMLElement>('h1, h2'))
  }
}

/** A focus that got lost goes to the first of these that is there. */
export function focusWhereLost(...selectors: readonly string[]): void {
  if (document.activeElement !== document.body) return
  land(selectors.map((selector) => document.querySelector<HTMLElement>(selector)).find((place) => place))
}

/** Where an address leads within a page. */
export function focusAt(hash: string): void {
  land(document.getElementById(hash.slice(1))?.querySelector<HTMLElement>('h1, h2'))
}

function land(place: HTMLElement | null | undefined): void {
  if (!place) return
  if (place.matches('h1, h2')) place.tabIndex = -1
  place.focus({ preventScroll: true })
}

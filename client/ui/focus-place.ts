// Whoever goes by the keyboard stays where they were when what they pressed goes away with the answer.

/** @returns to be called once the page has changed: a focus that got lost goes to the heading of its part, or its page */
export function rememberFocus(): () => void {
  const had = document.activeElement
  const places = [had?.closest('section, dialog'), had?.closest('main')]
  return () => {
    if (had?.isConnected || document.activeElement !== document.body) return
    const heading = places.find((place) => place?.isConnected)?.querySelector<HTMLElement>('h1, h2')
    if (!heading) return
    heading.tabIndex = -1
    heading.focus({ preventScroll: true })
  }
}

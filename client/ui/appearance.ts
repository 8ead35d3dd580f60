// Light, dark, or as the system is.
export const APPEARANCES = ['system', 'light', 'dark'] as const
export type Appearance = (typeof APPEARANCES)[number]

/** Sets the page's colours, and those of the browser's own frame around it. */
export function applyAppearance(document: Document, appearance: Appearance): void {
  const root = document.documentElement
  if (appearance === 'system') delete root.dataset.appearance
  else root.dataset.appearance = appearance
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    meta.media = frameMedia(appearance, meta.dataset.scheme ?? '')
  }
}

/** When a `theme-color` made for `scheme` counts. */
export function frameMedia(appearance: Appearance, scheme: string): string {
  if (appearance === 'system') return `(prefers-color-scheme: ${scheme})`
  return appearance === scheme ? 'all' : 'not all'
}

// Light, dark, or as the system is. The choice belongs to this browser and is applied before the first paint.
export const APPEARANCES = ['system', 'light', 'dark'] as const
export type Appearance = (typeof APPEARANCES)[number]

const KEY = 'appearance'

export function storedAppearance(storage: Pick<Storage, 'getItem'>): Appearance {
  const stored = storage.getItem(KEY)
  return APPEARANCES.find((appearance) => appearance === stored) ?? 'system'
}

export function keepAppearance(storage: Pick<Storage, 'setItem'>, appearance: Appearance): void {
  storage.setItem(KEY, appearance)
}

/** Sets the colours, and those of the browser's own frame around the page. */
export function applyAppearance(document: Document, appearance: Appearance): void {
  const root = document.documentElement
  if (appearance === 'system') delete root.dataset.appearance
  else root.dataset.appearance = appearance
  const metas = document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')
  for (const meta of metas) {
    const scheme = meta.dataset.scheme
    meta.media =
      appearance === 'system' ? `(prefers-color-scheme: ${scheme})` : appearance === scheme ? 'all' : 'not all'
  }
}

// Whether this browser has what the app is built on. Everything here is younger than what merely parsing it needs.

type Scope = {
  isSecureContext?: boolean
  indexedDB?: unknown
  crypto?: { subtle?: unknown }
  AbortSignal?: { any?: unknown }
  CSS?: { supports(condition: string): boolean }
  HTMLDialogElement?: unknown
}

export function canRun(scope: object): boolean {
  const { indexedDB, crypto, AbortSignal, CSS, HTMLDialogElement } = scope as Scope
  return Boolean(
    indexedDB &&
      crypto?.subtle &&
      AbortSignal?.any &&
      HTMLDialogElement &&
      CSS?.supports('color: light-dark(black, white)'),
  )
}

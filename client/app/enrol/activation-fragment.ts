// The activation code in the fragment of /enrol#<code>: browsers never send it, and it is taken away at once.

/** Takes the code out of the address. @returns the fragment, unchecked; undefined where there is none */
export function takeActivationCode(
  location: Pick<Location, 'pathname' | 'hash'>,
  history: Pick<History, 'replaceState' | 'state'>,
): string | undefined {
  if (location.pathname !== '/enrol' || location.hash.length < 2) return undefined
  const code = decoded(location.hash.slice(1))
  history.replaceState(history.state, '', location.pathname)
  return code
}

/** A fragment that is not well encoded is no code; the form will say so. */
export function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch (error) {
    if (error instanceof URIError) return fragment
    throw error
  }
}

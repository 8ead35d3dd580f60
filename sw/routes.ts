// The app's own addresses. Everything else on this origin (login page, console, doors, API) comes from the network and
// never gets the app's shell or the app's messages.

/** Tried on path and query, as a router does. */
export const APP_ROUTES: readonly RegExp[] = [
  /^\/(?:\?|$)/,
  /^\/(?:enrol|requests|history|settings|devices)\/?(?:\?|$)/,
  /^\/(?:requests|tokens)\/[^/?]+(?:\/[^/?]+)?\/?(?:\?|$)/,
]

export function isAppAddress(address: string): boolean {
  const { pathname, search } = new URL(address)
  return APP_ROUTES.some((route) => route.test(pathname + search))
}

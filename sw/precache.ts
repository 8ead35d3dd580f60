// The app's shell and its parts, kept for use without a network. Only the app's own addresses get the shell.
import { cleanupOutdatedCaches, createHandlerBoundToURL, matchPrecache, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { APP_ROUTES } from './routes.ts'

type Manifest = Parameters<typeof precacheAndRoute>[0]

const SHELL = '/app/index.html'

export function precache(manifest: Manifest): void {
  cleanupOutdatedCaches()
  // No guessing of names: `/` and `/login` are not files.
  precacheAndRoute(manifest, { cleanURLs: false, directoryIndex: '' })
  registerRoute(new NavigationRoute(createHandlerBoundToURL(SHELL), { allowlist: [...APP_ROUTES] }))
}

/** What stands there since this version was installed; undefined where the browser has thrown it away. */
export function kept(path: string): Promise<Response | undefined> {
  return matchPrecache(path)
}

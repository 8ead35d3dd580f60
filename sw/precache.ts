// The app's shell and its parts, kept for use without a network. Only the app's own addresses get the shell.
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
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

// The authenticator's own addresses, on the app origin.
import { Hono } from 'hono'
import type { BuiltFiles } from './built-files.ts'
import type { Call, Env } from './env.ts'
import { WORKER_POLICY } from './headers.ts'
import { plainStyle, STYLESHEET } from './plain-page.ts'

/** Every one of them is the same page; the worker allow-lists the same, and precaches it by its built name. */
const APP_PATHS = [
  '/',
  '/app/index.html',
  '/enrol',
  '/requests/:id',
  '/history',
  '/devices',
  '/settings',
  '/tokens/:id',
]

export function appPages(files: BuiltFiles, organisation: string): Hono<Env> {
  const pages = new Hono<Env>()
  for (const path of APP_PATHS) pages.get(path, (c) => files.respond(c, 'app/index.html'))
  pages.get('/sw.js', (c) => {
    const worker = files.respond(c, 'sw.js')
    worker.headers.set('Content-Security-Policy', WORKER_POLICY)
    return worker
  })
  pages.get('/manifest.webmanifest', () => manifest(organisation))
  return pages
}

/** Assets that both origins' pages load. */
export function sharedFiles(files: BuiltFiles): Hono<Env> {
  const shared = new Hono<Env>()
  const send = (c: Call, next: () => Promise<void>) => {
    const path = c.req.path.slice(1)
    return files.has(path) ? files.respond(c, path) : next()
  }
  shared.get('/assets/*', (c, next) => send(c, next))
  shared.get('/icons/*', (c, next) => send(c, next))
  shared.get(STYLESHEET, plainStyle)
  shared.get('/licences.md', (c) => files.respond(c, 'licences.md'))
  shared.get('/favicon.ico', (c) => files.respond(c, 'icons/icon-192.png'))
  shared.get(
    '/robots.txt',
    () => new Response('User-agent: *\nDisallow: /\n', { headers: { 'Content-Type': 'text/plain' } }),
  )
  return shared
}

/** https://www.w3.org/TR/appmanifest/: each organisation is an installation of its own, by its own name. */
function manifest(organisation: string): Response {
  const icon = (size: number, purpose: string, name: string) => ({
    src: `/icons/${name}.png`,
    sizes: `${size}x${size}`,
    type: 'image/png',
    purpose,
  })
  const body = {
    id: '/',
    name: organisation === 'Countersign' ? organisation : `${organisation} Countersign`,
    short_name: organisation.slice(0, 12),
    description: `Approve your sign-ins to ${organisation}.`,
    start_url: '/',
    scope: '/',
    display: 'standalone',
    orientation: 'any',
    lang: 'en',
    dir: 'auto',
    categories: ['security', 'productivity'],
    background_color: '#f7f8fb',
    theme_color: '#f7f8fb',
    icons: [icon(192, 'any', 'icon-192'), icon(512, 'any', 'icon-512'), icon(512, 'maskable', 'maskable-512')],
  }
  return new Response(JSON.stringify(body), {
    headers: { 'Content-Type': 'application/manifest+json', 'Cache-Control': 'no-cache' },
  })
}

// Budgets of what a page loads before it can be used: its entry with everything that entry imports, gzip.
import { readFileSync } from 'node:fs'

/** @type {Record<string, {file: string, imports?: string[], css?: string[]}>} */
const manifest = { ...built('manifest'), ...built('app') }

function built(name) {
  return JSON.parse(readFileSync(new URL(`dist/${name}.json`, import.meta.url), 'utf8'))
}

/** Scripts and styles that an entry loads at once; what it loads later, on a route, is not counted. */
function filesOf(name, seen = new Set()) {
  const chunk = manifest[name]
  if (!chunk) throw new Error(`The build has no ${name}`)
  if (seen.has(name)) return []
  seen.add(name)
  const own = [chunk.file, ...(chunk.css ?? [])].map((file) => `dist/${file}`)
  return [...own, ...(chunk.imports ?? []).flatMap((imported) => filesOf(imported, seen))]
}

export default [
  { name: 'authenticator', path: filesOf('app/index.html'), limit: '90 kB', gzip: true },
  { name: 'login page', path: filesOf('login/index.html'), limit: '45 kB', gzip: true },
  { name: 'account page', path: filesOf('account/index.html'), limit: '60 kB', gzip: true },
  { name: 'console', path: filesOf('console/index.html'), limit: '160 kB', gzip: true },
  { name: 'countersign/client', path: 'dist/client/index.js', limit: '4 kB', gzip: true },
  { name: 'service worker', path: 'dist/sw.js', limit: '40 kB', gzip: true },
]

// What the build made, held in memory and sent compressed.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Call } from './env.ts'
import { policyWithStyles } from './headers.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.md': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
}
const IMMUTABLE = 'public, max-age=31536000, immutable'
const REVALIDATED = 'no-cache'

type BuiltFile = {
  bytes: Buffer<ArrayBuffer>
  /** absent where packing gains nothing */
  packed: (() => Buffer<ArrayBuffer>) | undefined
  type: string
  etag: string
  /** of a page with a style of its own, which the usual policy would not let through */
  policy: string | undefined
}

export type BuiltFiles = {
  has(path: string): boolean
  /** @param path as in the built folder, without a leading slash */
  respond(c: Call, path: string): Response
}

export function builtFiles(folder: string): BuiltFiles {
  const files = new Map<string, BuiltFile>()
  if (existsSync(folder)) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const file = join(entry.parentPath, entry.name)
      files.set(file.slice(folder.length + 1).replaceAll(sep, '/'), load(file))
    }
  }
  return {
    has: (path) => files.has(path),
    respond: (c, path) => {
      const file = files.get(path)
      if (!file) return new Response('This part was not built. Run: npm run build', { status: 503 })
      return respond(c, file, path)
    },
  }
}

function load(file: string): BuiltFile {
  const bytes = readFileSync(file)
  const type = TYPES[extname(file)] ?? 'application/octet-stream'
  const packed = /text|javascript|json|svg/.test(type) ? whenAsked(() => gzipSync(bytes)) : undefined
  const policy = type.startsWith('text/html') ? policyFor(bytes.toString()) : undefined
  return { bytes, packed, type, etag: `"${sha256(bytes).toString('base64url').slice(0, 22)}"`, policy }
}

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest()

function policyFor(page: string): string | undefined {
  const styles = [...page.matchAll(/<style>(.*?)<\/style>/gs)].map(([, style = '']) => style)
  if (styles.length === 0) return undefined
  return policyWithStyles(styles.map((style) => `sha256-${sha256(style).toString('base64')}`))
}

/** To pack all of it would be a seventh of what a start takes; the first who asks for a file waits a millisecond. */
function whenAsked<Made>(make: () => Made): () => Made {
  let made: Made | undefined
  return () => {
    made ??= make()
    return made
  }
}

function respond(c: Call, file: BuiltFile, path: string): Response {
  const headers = new Headers({
    'Content-Type': file.type,
    // Only names with a hash of the content in them never change.
    'Cache-Control': path.startsWith('assets/') ? IMMUTABLE : REVALIDATED,
    ETag: file.etag,
    Vary: 'Accept-Encoding',
    ...(file.policy && { 'Content-Security-Policy': file.policy }),
  })
  if (c.req.header('if-none-match') === file.etag) return new Response(null, { status: 304, headers })
  const packed = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '') ? file.packed?.() : undefined
  if (packed) headers.set('Content-Encoding', 'gzip')
  return new Response(packed ?? file.bytes, { headers })
}

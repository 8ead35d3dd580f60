// What the build made, held in memory and sent compressed.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Call } from './env.ts'

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

type BuiltFile = { bytes: Buffer<ArrayBuffer>; packed: Buffer<ArrayBuffer> | undefined; type: string; etag: string }

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
  const packed = /text|javascript|json|svg/.test(type) ? gzipSync(bytes) : undefined
  return { bytes, packed, type, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` }
}

function respond(c: Call, file: BuiltFile, path: string): Response {
  const headers = new Headers({
    'Content-Type': file.type,
    // Only names with a hash of the content in them never change.
    'Cache-Control': path.startsWith('assets/') ? IMMUTABLE : REVALIDATED,
    ETag: file.etag,
    Vary: 'Accept-Encoding',
  })
  if (c.req.header('if-none-match') === file.etag) return new Response(null, { status: 304, headers })
  const packs = file.packed && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
  if (packs) headers.set('Content-Encoding', 'gzip')
  return new Response(packs ? file.packed : file.bytes, { headers })
}

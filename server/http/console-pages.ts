// The console's own addresses, on the public origin: every one of them is the same page.
import { Hono } from 'hono'
import type { BuiltFiles } from './built-files.ts'
import type { Env } from './env.ts'

export function consolePages(files: BuiltFiles): Hono<Env> {
  const pages = new Hono<Env>()
  for (const path of ['/', '/*']) pages.get(path, (c) => files.respond(c, 'console/index.html'))
  return pages
}

// The pages to read about the API, on the public origin.
import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import type { Env } from '../../http/env.ts'
import { ACTS } from '../acts.ts'
import { openApi } from '../openapi.ts'
import { apiPage, type Description } from './page.ts'

const style = readFileSync(new URL('page.css', import.meta.url), 'utf8')

/** Below /docs. */
export function docsPages(): Hono<Env> {
  const commands = new Map(ACTS.flatMap(({ name, cli }) => (cli ? [[name, cli.name] as const] : [])))
  // Made once, and only if somebody reads it.
  let page: string | undefined
  const pages = new Hono<Env>()
  pages.get('/api', (c) => {
    page ??= apiPage(openApi(ACTS) as Description, commands)
    return c.html(page)
  })
  pages.get('/api/page.css', () => new Response(style, { headers: { 'Content-Type': 'text/css; charset=utf-8' } }))
  return pages
}

import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { builtFiles } from './built-files.ts'
import type { Env } from './env.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-built-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function policyOf(page: string): Promise<string | null> {
  writeFileSync(join(folder, 'page.html'), page)
  const files = builtFiles(folder)
  const answer = await new Hono<Env>().get('/', (c) => files.respond(c, 'page.html')).request('/')
  return answer.headers.get('content-security-policy')
}

it('lets through the style that stands in a page, and no other', async () => {
  const style = 'html{background:#fff}'
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = await policyOf(`<html><head><style>${style}</style></head></html>`)
  expect(policy).toContain(`style-src 'self' 'sha256-${hash}';`)
  expect(policy).toContain("script-src 'self';")
})

it('leaves the usual policy to a page without one', async () => {
  expect(await policyOf('<html><head></head></html>')).toBeNull()
})

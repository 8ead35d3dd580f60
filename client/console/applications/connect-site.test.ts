// The console shows what the docs say, and what the docs say is run by test/doors.
import { expect, it } from 'vitest'
import { blocksOf } from '../../../test/support/page-blocks.ts'
import { siteSnippets } from './connect-site.ts'

it.each([
  ['nginx', 'nginx'],
  ['caddy', 'caddy'],
  ['traefik', 'yaml'],
])('%s is set up as on the page', (id, language) => {
  const shown = siteSnippets('https://wiki.example.org').find((one) => one.id === id)?.text
  expect([`${shown}\n`]).toEqual(blocksOf('forward-auth.md', language))
})

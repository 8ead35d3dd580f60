// Debian's Caddy in front of a web site, set up by the block of docs/integrate/forward-auth.md.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { type Around, proxyStory } from '../support/door-site.ts'
import { startProgram } from '../support/foreign-program.ts'
import { blocksOf } from '../support/page-blocks.ts'

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

async function caddy({ site, wiki, countersign }: Around) {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-caddy-'))
  folders.push(folder)
  const [server = ''] = blocksOf('forward-auth.md', 'caddy', {
    'wiki.example.org {': `http://127.0.0.1:${site} {\n  bind 127.0.0.1`,
    'wiki.example.org': `127.0.0.1:${site}`,
    '127.0.0.1:8080': `127.0.0.1:${countersign}`,
    '127.0.0.1:3000': `127.0.0.1:${wiki}`,
  })
  const config = join(folder, 'Caddyfile')
  await writeFile(config, `{\n  admin off\n  auto_https off\n}\n${server}`)
  const args = ['run', '--config', config, '--adapter', 'caddyfile']
  return startProgram('caddy', args, { cwd: folder, ready: /serving initial configuration/ })
}

describe('a site behind Caddy', () => proxyStory(caddy))

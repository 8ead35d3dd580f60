// Debian's nginx in front of a web site, set up by the block of docs/integrate/forward-auth.md, and in front of this server
// itself, by that of docs/operate.md.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Around, proxyStory } from '../support/door-site.ts'
import { startProgram } from '../support/foreign-program.ts'
import { freePort } from '../support/free-port.ts'
import { blocksOf } from '../support/page-blocks.ts'
import { wireHouse } from '../support/wire-house.ts'

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

/** All that the page leaves to the reader: the port instead of a certificate, and places for a user of any kind. */
async function nginx({ site, wiki, countersign }: Around) {
  const [server = ''] = blocksOf('forward-auth.md', 'nginx', {
    'listen 443 ssl;': `listen 127.0.0.1:${site};`,
    '  ssl_certificate     /etc/ssl/wiki.pem;\n  ssl_certificate_key /etc/ssl/wiki.key;\n': '',
    'server_name wiki.example.org;': 'server_name 127.0.0.1;',
    'https://wiki.example.org/': `http://127.0.0.1:${site}/`,
    'X-Forwarded-Proto https;': 'X-Forwarded-Proto http;',
    'wiki.example.org;': `127.0.0.1:${site};`,
    '127.0.0.1:8080': `127.0.0.1:${countersign}`,
    '127.0.0.1:3000': `127.0.0.1:${wiki}`,
  })
  return started(server)
}

async function started(server: string) {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-nginx-'))
  folders.push(folder)
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const config = join(folder, 'nginx.conf')
  await writeFile(
    config,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr notice; events {}
http { access_log off; ${paths.join(' ')}
${server}
}`,
  )
  return startProgram('nginx', ['-c', config, '-p', folder, '-e', 'stderr'], { cwd: folder, ready: /event method/ })
}

describe('a site behind nginx', () => proxyStory(nginx))

describe('this server behind nginx', () => {
  const house = wireHouse('sqlite', { env: { COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1/32' } })

  it('is sent files as large as it takes, and says itself what is too large', async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/operate.md'), 'utf8')
    const [, block = ''] = /^\*\*nginx\*\*:\n\n((?: {4}.*\n|\n)+)/m.exec(page) ?? []
    const port = await freePort()
    const server = block
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
      .replaceAll(/ssl_certificate.*;/g, '')
      .replace('127.0.0.1:8080', `127.0.0.1:${house.server.wire.port}`)
      .replace('$http_host', new URL(house.server.wire.origin).host)
    const nginx = await started(server)
    const posted = async (path: string, type: string, bytes: number) => {
      const sent = { method: 'POST', body: 'x'.repeat(bytes), headers: { 'content-type': type } }
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, sent)
      return [answer.status, answer.headers.get('content-type')?.replace(/;.*/, '')]
    }
    const MIB = 1024 * 1024
    expect(await posted('/admin/v1/user-imports', 'text/csv', 31 * MIB)).toEqual([401, 'application/problem+json'])
    expect(await posted('/scim/v2/Users', 'application/scim+json', MIB - 1)).toEqual([401, 'application/scim+json'])
    expect(await posted('/api/v1/login-requests', 'application/json', MIB)).toEqual([413, 'application/problem+json'])
    await nginx.stop()
  })
})

// Debian's nginx in front of a web site, set up by the block of docs/integrate/forward-auth.md.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { type Around, proxyStory } from '../support/door-site.ts'
import { startProgram } from '../support/foreign-program.ts'
import { blocksOf } from '../support/page-blocks.ts'

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

/** All that the page leaves to the reader: the port instead of a certificate, and places for a user of any kind. */
async function nginx({ site, wiki, countersign }: Around) {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-nginx-'))
  folders.push(folder)
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

// The console shows what the docs say, and what the docs say is run by test/doors.
import { expect, it } from 'vitest'
import { blocksOf } from '../../../test/support/page-blocks.ts'
import { oidcSnippets, pamSnippets, radiusSnippets } from './connect.ts'
import { siteSnippets } from './connect-site.ts'

it.each([
  ['nginx', 'nginx'],
  ['caddy', 'caddy'],
  ['traefik', 'yaml'],
])('%s is set up as on the page', (id, language) => {
  const shown = siteSnippets('https://wiki.example.org').find((one) => one.id === id)?.text
  expect([`${shown}\n`]).toEqual(blocksOf('forward-auth.md', language))
})

it('sudo and ssh are set up as on the page, with the address of the server', () => {
  const [conf = '', line, sshd, ssh] = pamSnippets('https://login.example.org', '').map(({ text }) => text)
  const [install] = blocksOf('pam.md', 'sh', { $COUNTERSIGN_KEY: '$KEY', $COUNTERSIGN: 'https://login.example.org' })
  expect(`${conf.replace('$COUNTERSIGN_KEY', '$KEY')}\n`).toBe(install)
  expect([`${line}\n`]).toEqual(blocksOf('pam.md', 'pam'))
  expect([`${sshd}\n`]).toEqual(blocksOf('pam.md', 'sshd'))
  expect([`${ssh}\n`]).toEqual(blocksOf('pam.md', 'ssh'))
  const [checked] = pamSnippets('https://login.example.org', 'ab').map(({ text }) => text)
  expect(checked).toContain(
    "echo 'ab  countersign-pam' | sha256sum -c && install -m 755 countersign-pam /usr/local/sbin/",
  )
})

it('a site at a port of its own is named with it where the host is told, and without where it is listened for', () => {
  const [nginx, , traefik] = siteSnippets('https://wiki.example.org:8443').map(({ text }) => text)
  expect(nginx).toContain('listen 8443 ssl;\n  server_name wiki.example.org;')
  expect(nginx?.match(/X-Forwarded-Host (.*);/g)).toEqual(Array(2).fill('X-Forwarded-Host wiki.example.org:8443;'))
  expect(nginx).toContain('return 302 https://wiki.example.org:8443/forward-auth/start')
  expect(nginx).not.toMatch(/\$(http_)?host|\$scheme/)
  expect(traefik).toContain('Host(`wiki.example.org`)')
})

it('Apache is set up as on the page, with the client id and the addresses', () => {
  const own = {
    origin: 'https://sign-in.harbour.example',
    clientId: 'app_0',
    redirectUri: 'https://harbour.example/back',
  }
  const shown = oidcSnippets(own).find(({ id }) => id === 'apache')?.text
  expect([`${shown}\n`]).toEqual(
    blocksOf('openid-connect.md', 'apache', {
      'https://login.example.org': own.origin,
      'https://wiki.example.org/protected/callback': own.redirectUri,
      'app_…': own.clientId,
      'css_…': '<client secret>',
      'a-long-secret-of-your-own': '<a long secret of your own>',
    }),
  )
})

it('a gateway is told the ports where this server listens, and of RadSec where it does so by that', () => {
  const own = { id: 'app_0', host: 'login.example.org' }
  const texts = (udp: string | null, radsec: string | null) =>
    Object.fromEntries(radiusSnippets({ ...own, udp, radsec }).map(({ id, text }) => [id, text]))
  const plain = texts('udp://192.0.2.10:11812', null)
  expect(plain.radiusGateway).toContain('Server: login.example.org, port 11812\n')
  expect(Object.keys(plain)).toEqual(['radiusAdd', 'radiusGateway'])
  expect(JSON.stringify(plain)).not.toMatch(/radsec|--certificate/i)
  const both = texts('udp://[::]:1812', 'tls://0.0.0.0:12083')
  expect(both.radiusGateway).toContain('port 1812\n')
  expect(both.radiusRadsec).toMatch(/^Server: login\.example\.org, port 12083, TLS 1\.3\nSecret: radsec\n/)
  expect(both.radiusAdd).toContain('--certificate')
  expect(Object.keys(texts(null, 'tls://0.0.0.0:2083'))).toEqual(['radiusAdd', 'radiusRadsec'])
  expect(texts(null, null).radiusGateway).toContain('port as in COUNTERSIGN_RADIUS\n')
})

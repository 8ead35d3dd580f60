// FreeRADIUS as a proxy in front, by the blocks of docs/integrate/radius.md: what asks it, asks here, over UDP or RadSec.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { blocksOf } from '../support/page-blocks.ts'
import { type Program, run, start } from '../support/program.ts'
import { GATEWAY_NAME, PASSWORD, radiusHouse } from '../support/radius-house.ts'

describe.each(['udp', 'radsec'] as const)('FreeRADIUS in front, by %s', (way) => {
  const house = radiusHouse(true)
  let port: number
  let proxy: Program

  beforeAll(async () => {
    port = await freePort()
    const secret = await house.client(way === 'udp' ? {} : { network: '127.0.0.0/8', certificate: GATEWAY_NAME })
    const folder = join(house.folder, way)
    mkdirSync(folder)
    writeFileSync(join(folder, 'dictionary'), '')
    writeFileSync(join(folder, 'radiusd.conf'), configuration(folder, secret))
    proxy = start('/usr/sbin/freeradius', ['-fxx', '-l', 'stdout', '-d', folder])
    await proxy.says(/Ready to process requests/)
  })
  afterAll(() => proxy[Symbol.asyncDispose]())

  function configuration(folder: string, secret: string): string {
    const { certificates } = house
    const [page = ''] = blocksOf('radius.md', 'homeserver', {
      'login.harbour.example': '127.0.0.1',
      'port = 2083': `port = ${way === 'udp' ? house.udpPort() : house.radsecPort()}`,
      '/etc/freeradius/vpn.harbour.example.pem': certificates?.cert(GATEWAY_NAME) ?? '',
      '/etc/freeradius/vpn.harbour.example.key': certificates?.key(GATEWAY_NAME) ?? '',
      '/etc/freeradius/countersign-ca.pem': certificates?.ca ?? '',
    })
    const [site = ''] = blocksOf('radius.md', 'freeradius')
    // As the page says of UDP.
    const plain = page.replace(/^ *(proto = tcp|tls \{[^}]*\})\n/gm, '').replace('= radsec', `= ${secret}`)
    return `
prefix = /usr
libdir = /usr/lib/freeradius
logdir = ${folder}
run_dir = ${folder}
pidfile = ${folder}/pid
max_request_time = 90
security {
  allow_vulnerable_openssl = yes
}
thread pool {
  start_servers = 1
  max_servers = 4
  min_spare_servers = 1
  max_spare_servers = 2
}
client local {
  ipaddr = 127.0.0.1
  secret = near
  require_message_authenticator = no
}
${way === 'udp' ? plain : page}
modules {
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }
  ${site}
}
`
  }

  const asks = (username: string, typed: string) =>
    run('radclient', ['-x', '-t', '20', '-r', '1', `127.0.0.1:${port}`, 'auth', 'near'], {
      input: `User-Name = "${username}"\nUser-Password = "${typed}"`,
    })

  it('gets in when Approve is pressed, not when Deny is, nor when nobody answers; and with a passcode', async () => {
    onTestFailed(() => console.error(proxy.output()))
    const device = await house.person('alice')
    const approved = asks('alice', PASSWORD)
    await house.presses(device, 'approve')
    expect((await approved).output).toContain('Received Access-Accept')
    const denied = asks('alice', `${PASSWORD},push`)
    await house.presses(device, 'deny')
    expect((await denied).output).toContain('It was denied on the device.')
    const unanswered = asks('alice', PASSWORD)
    await house.nobodyAnswers(device)
    expect((await unanswered).output).toContain('Nobody answered in time.')
    const passcode = await house.passcode(device)
    expect((await asks('alice', `${PASSWORD},${passcode}`)).output).toContain('Received Access-Accept')
  })
})

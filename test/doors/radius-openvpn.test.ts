// A real OpenVPN client waits for the phone: its server asks by Debian's RADIUS plugin, set up as docs/integrate/radius.md
// says. Both ends are without a network device, and so run anywhere; each sign-in has a server of its own.
import { randomInt } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { blocksOf } from '../support/page-blocks.ts'
import { start } from '../support/program.ts'
import { PASSWORD, radiusHouse } from '../support/radius-house.ts'
import { type Certificates, radsecCertificates } from '../support/radsec-certificates.ts'

const SERVER = 'vpn.harbour.example'
const CLIENT = 'laptop.harbour.example'
/** The plugin knows ports of four digits only: an address that nobody else has, at the usual one. */
const ADDRESS = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`

describe('OpenVPN', () => {
  const house = radiusHouse(false, `${ADDRESS}:1812`)
  let certificates: Certificates
  let secret: string

  beforeAll(async () => {
    certificates = radsecCertificates(house.folder, [SERVER, CLIENT])
    // The plugin signs nothing, which an operator may allow on one machine.
    secret = await house.client({ messageAuthenticator: false })
  })

  const tls = (name: string) => `
proto tcp4-${name === SERVER ? 'server' : 'client'}
dev null
ca ${certificates.ca}
cert ${certificates.cert(name)}
key ${certificates.key(name)}
disable-dco
verb 3
`
  let connections = 0

  /** @returns `in` by the client's own word, or what its server heard for a reason */
  async function connects(username: string, typed: string, meanwhile: () => Promise<unknown> = async () => {}) {
    const folder = join(house.folder, `openvpn-${++connections}`)
    const at = (file: string) => join(folder, file)
    mkdirSync(folder)
    const [lines = ''] = blocksOf('radius.md', 'openvpn', {
      '/etc/openvpn/radius.cnf': at('radius.cnf'),
      '/run/openvpn/status.log': at('status.log'),
    })
    const [plugin = ''] = blocksOf('radius.md', 'radiusplugin', {
      '/etc/openvpn/server.conf': at('server.conf'),
      'name=127.0.0.1': `name=${ADDRESS}`,
      '<secret>': secret,
    })
    const port = await freePort()
    writeFileSync(at('radius.cnf'), plugin, { mode: 0o600 })
    const server = `tls-server\nlocal 127.0.0.1\nport ${port}\ndh none\ntmp-dir ${folder}\n${lines}\n`
    writeFileSync(at('server.conf'), tls(SERVER) + server)
    writeFileSync(at('typed'), `${username}\n${typed}\n`, { mode: 0o600 })
    const client = `client\nremote 127.0.0.1 ${port}\nnobind\nremote-cert-tls server\nauth-user-pass ${at('typed')}\n`
    writeFileSync(at('client.conf'), `${tls(CLIENT)}${client}auth-nocache\nconnect-retry-max 1\nhand-window 120\n`)
    await using gateway = start('openvpn', ['--config', at('server.conf')])
    await gateway.says(/Listening for incoming TCP connection/)
    await using laptop = start('openvpn', ['--config', at('client.conf')])
    const isIn = laptop.says(/Initialization Sequence Completed/).then(
      () => true,
      () => false,
    )
    await meanwhile()
    if (await isIn) return 'in'
    await gateway.ended
    return /Reply-Message:(.*)/.exec(gateway.output())?.[1] ?? gateway.output()
  }

  it('gets in when Approve is pressed, not when Deny is, nor when nobody answers; and with a passcode', async () => {
    const [alice, bob, carol] = await Promise.all([house.person('alice'), house.person('bob'), house.person('carol')])
    const approved = async () => {
      expect((await house.shownTo(alice)).context).toMatchObject({ ip: '127.0.0.1', resource: SERVER })
      await house.presses(alice, 'approve')
    }
    expect(
      await Promise.all([
        connects('alice', PASSWORD, approved),
        connects('bob', `${PASSWORD},push`, () => house.presses(bob, 'deny')),
        connects('carol', 'wrong'),
      ]),
    ).toEqual(['in', 'It was denied on the device.', 'User name or password is wrong.'])
    expect(await carol.requests()).toEqual([])
    expect(await connects('carol', PASSWORD, () => house.nobodyAnswers(carol))).toBe('Nobody answered in time.')
    expect(await connects('carol', `${PASSWORD},${await house.passcode(carol)}`)).toBe('in')
  })
})

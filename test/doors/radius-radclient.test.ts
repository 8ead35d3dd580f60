// FreeRADIUS's own radclient asks.
import { describe, expect, it } from 'vitest'
import { oddName } from '../support/odd-name.ts'
import { run, start } from '../support/program.ts'
import { PASSWORD, radiusHouse } from '../support/radius-house.ts'

/** As FreeRADIUS reads and writes text. */
const quoted = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`

describe('radclient', () => {
  const house = radiusHouse()
  let secret: string | undefined

  /** @param more lines of attributes */
  async function asking(
    username: string,
    typed: string,
    { tries = 1, seconds = 20, signed = true, more = '', by = '' } = {},
  ) {
    secret ??= await house.client({ groups: 'filter-id' })
    const lines = [`User-Name = ${quoted(username)}`, `User-Password = "${typed}"`, more]
    if (signed) lines.push('Message-Authenticator = 0x00')
    const args = [
      '-x',
      '-t',
      String(seconds),
      '-r',
      String(tries),
      `127.0.0.1:${house.udpPort()}`,
      'auth',
      by || secret,
    ]
    // Line by line, as on a terminal.
    return start('stdbuf', ['-oL', 'radclient', ...args], { input: lines.filter(Boolean).join('\n') })
  }
  const asks = async (...of: Parameters<typeof asking>) => (await asking(...of)).ended

  it('gets in when Approve is pressed, not when Deny is, nor when nobody answers; and with a passcode', async () => {
    const device = await house.person('alice')
    const approved = asks('alice', PASSWORD)
    await house.presses(device, 'approve')
    expect(await approved).toMatchObject({ code: 0, output: expect.stringContaining('Received Access-Accept') })
    const denied = asks('alice', `${PASSWORD},push`)
    await house.presses(device, 'deny')
    expect(await denied).toMatchObject({ code: 1, output: expect.stringContaining('It was denied on the device.') })
    const unanswered = asks('alice', PASSWORD)
    await house.nobodyAnswers(device)
    expect((await unanswered).output).toContain('Nobody answered in time.')
    const passcode = await house.passcode(device)
    expect((await asks('alice', `${PASSWORD},${passcode}`)).code).toBe(0)
  })

  it('that gives up after five seconds and tries again gets one answer to one question', async () => {
    const device = await house.person('bob')
    const client = await asking('bob', PASSWORD, { seconds: 5, tries: 15 })
    await house.shownTo(device)
    // The same packet comes again while the person is still deciding (RFC 5080 §2.2.2).
    await client.says(/Sent Access-Request[\s\S]*Sent Access-Request/)
    expect(await device.requests()).toHaveLength(1)
    await house.presses(device, 'approve')
    const { code, output } = await client.ended
    expect([code, output.match(/Received Access-Accept/g)]).toEqual([0, ['Received Access-Accept']])
    expect(await device.requests()).toEqual([])
  })

  it('hears that the server lives, and that what it accounts for has come; by another secret nothing', async () => {
    secret ??= await house.client({ groups: 'filter-id' })
    const sends = (command: string, input: string, by = secret ?? '', seconds = '20') =>
      run('radclient', ['-x', '-t', seconds, '-r', '1', `127.0.0.1:${house.udpPort()}`, command, by], { input })
    const session = 'Acct-Status-Type = Start\nAcct-Session-Id = "one"\nUser-Name = "alice"'
    expect((await sends('status', 'Message-Authenticator = 0x00')).output).toContain('Received Access-Accept')
    expect((await sends('acct', session)).output).toContain('Received Accounting-Response')
    expect((await sends('acct', session, 'another', '1')).output).toMatch(/No reply/)
  })

  it('is not answered without Message-Authenticator', async () => {
    await house.person('carol')
    expect((await asks('carol', PASSWORD, { signed: false, seconds: 1 })).output).toMatch(/No reply/)
  })

  it('knows people by names of brackets, quotes and umlauts, and is told their groups in each attribute', async () => {
    const username = oddName()
    const device = await house.person(username)
    const groups = ['Hafen, Süd', 'Küche']
    await house.inGroups(username, groups)
    const told = {
      'filter-id': groups.map((name) => `Filter-Id = ${quoted(name)}`),
      class: groups.map((name) => `Class = 0x${Buffer.from(name).toString('hex')}`),
      '12356:1': groups.map((name) => `Fortinet-Group-Name = ${quoted(name)}`),
    }
    for (const [nth, [where, attributes]] of Object.entries(told).entries()) {
      const network = `127.0.0.${nth + 2}`
      const by = await house.client({ groups: where, network })
      const typed = `${PASSWORD},${await house.passcode(device)}`
      const { output } = await asks(username, typed, { by, more: `Packet-Src-IP-Address = ${network}` })
      const received = output.slice(output.indexOf('Received Access-Accept')).split('\n')
      expect([where, received.map((line) => line.trim())]).toEqual([where, expect.arrayContaining(attributes)])
    }
  })

  it('that speaks EAP is told at once, in EAP, that this is none', async () => {
    secret ??= await house.client({ groups: 'filter-id' })
    const lines = ['User-Name = "alice"', 'EAP-Code = Response', 'EAP-Id = 7', 'EAP-Type-Identity = "alice"']
    const args = ['-x', '-t', '20', '-r', '1', `127.0.0.1:${house.udpPort()}`, 'auth', secret]
    const { output } = await run('radeapclient', args, { input: [...lines, 'Message-Authenticator = 0x00'].join('\n') })
    expect(output).toMatch(/Access-Reject[\s\S]*PAP, not EAP/)
    expect(output).toMatch(/EAP-Code = Failure/)
  })
})

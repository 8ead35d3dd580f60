// The RADIUS door over real datagrams: a gateway asks, the person’s device answers.
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { addGroup } from '../../server/directory/groups.ts'
import { setMembership } from '../../server/directory/members.ts'
import { ENGINES } from '../support/engines.ts'
import {
  ACCEPT,
  attributeOf,
  CHALLENGE,
  EAP_MESSAGE,
  MESSAGE_AUTHENTICATOR,
  messageOf,
  NAS_IDENTIFIER,
  REJECT,
  radiusRequest,
} from '../support/radius-client.ts'
import { BY, FROM, PASSWORD, presses, radiusGateways, shownTo } from '../support/radius-gateway.ts'

describe.each(ENGINES)('RADIUS on %s', (engine) => {
  const { auditOf, codeOf, gateway, house, parts, person } = radiusGateways(engine)

  it('lets in who approves on the device, and tells their groups', async () => {
    await using vpn = await gateway({ groups: 'filter-id' })
    const { username, device, id } = await person()
    const group = await addGroup(parts(), { name: `Crew ${id}` }, BY)
    await setMembership(parts(), { group: group.id, user: id, isMember: true }, BY)
    const answer = vpn.ask(username, PASSWORD, [FROM, { type: NAS_IDENTIFIER, value: 'vpn.harbour.example' }])
    const shown = await shownTo(device)
    expect(shown).toMatchObject({
      application: { name: 'VPN' },
      context: { ip: '203.0.113.7', resource: 'vpn.harbour.example' },
    })
    await presses(device, 'approve')
    const accepted = await answer
    expect(accepted.code).toBe(ACCEPT)
    expect(accepted.attributes.map(({ type, value }) => [type, type === 11 && String(value)])).toEqual([
      [MESSAGE_AUTHENTICATOR, false],
      [11, `Crew ${id}`],
    ])
    expect(await auditOf(id)).toContainEqual([
      'signed-in',
      { acr: 'urn:countersign:acr:push', amr: ['pwd', 'otp', 'swk', 'mfa'], door: 'radius', client: vpn.id },
    ])
  })

  it.each([
    ['class', (name: string) => [25, Buffer.from(name).toString('hex')]],
    // Vendor-Specific: four bytes of vendor, the vendor's type and length (RFC 2865 §5.26).
    [
      '12356:1',
      (name: string) => [26, `0000304401${(name.length + 2).toString(16)}${Buffer.from(name).toString('hex')}`],
    ],
  ])('tells groups by %s, and begins every kind of answer with Message-Authenticator', async (groups, told) => {
    await using vpn = await gateway({ groups, challenges: true })
    const { username, device, id } = await person()
    const name = `Crew ${id}`
    const group = await addGroup(parts(), { name }, BY)
    await setMembership(parts(), { group: group.id, user: id, isMember: true }, BY)
    const menu = await vpn.ask(username, PASSWORD)
    expect(menu.code).toBe(CHALLENGE)
    const accepted = await vpn.reply(menu, username, codeOf(device))
    expect(accepted.code).toBe(ACCEPT)
    const shown = accepted.attributes.map(({ type, value }) => [type, value.toString('hex')])
    expect(shown).toEqual([[MESSAGE_AUTHENTICATOR, expect.any(String)], told(name)])
    const alive = await vpn.exchange(radiusRequest({ secret: vpn.secret, code: 12 }))
    expect([alive.code, alive.attributes[0]?.type]).toEqual([ACCEPT, MESSAGE_AUTHENTICATOR])
    const wrong = await vpn.reply(menu, username, '000000')
    expect([wrong.code, wrong.attributes[0]?.type]).toEqual([REJECT, MESSAGE_AUTHENTICATOR])
  })

  it('refuses who denies, and who does not answer', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    const denied = vpn.ask(username, `${PASSWORD},push`)
    await presses(device, 'deny')
    expect([(await denied).code, messageOf(await denied)]).toEqual([REJECT, 'It was denied on the device.'])
    const other = await person()
    const expired = vpn.ask(other.username, PASSWORD)
    await shownTo(other.device)
    await house.clock.advance(61_000)
    expect(messageOf(await expired)).toBe('Nobody answered in time.')
  })

  it('takes a passcode after the password, once', async () => {
    await using vpn = await gateway()
    const { username, device, id } = await person()
    const typed = `${PASSWORD},${codeOf(device)}`
    expect((await vpn.ask(username, typed)).code).toBe(ACCEPT)
    expect(messageOf(await vpn.ask(username, typed))).toBe('The passcode is wrong.')
    expect(await device.requests()).toEqual([])
    expect((await auditOf(id)).map(([kind]) => kind)).toContain('passcode-refused')
  })

  it('refuses EAP and CHAP clearly', async () => {
    await using vpn = await gateway()
    const eap = await vpn.exchange(
      radiusRequest({ secret: vpn.secret, attributes: [{ type: EAP_MESSAGE, value: Buffer.of(2, 7, 0, 5, 1) }] }),
    )
    expect([eap.code, attributeOf(eap, EAP_MESSAGE)]).toEqual([REJECT, Buffer.of(4, 7, 0, 4)])
    expect(messageOf(eap)).toMatch(/PAP, not EAP/)
    const chap = await vpn.exchange(
      radiusRequest({ secret: vpn.secret, attributes: [{ type: 3, value: randomBytes(17) }] }),
    )
    expect([chap.code, messageOf(chap)]).toEqual([REJECT, expect.stringMatching(/PAP only/)])
  })

  it.each(['Jörg*()\\', 'müller&|!', '李雷'])('knows %s by that name', async (name) => {
    await using vpn = await gateway()
    const { device } = await person({}, `${name}${engine}`)
    expect((await vpn.ask(`${name}${engine}`, `${PASSWORD},${codeOf(device)}`)).code).toBe(ACCEPT)
  })

  it('knows nobody by a name with a zero in it, as by any other', async () => {
    await using vpn = await gateway()
    expect((await vpn.ask('a\u0000lice', PASSWORD)).code).toBe(REJECT)
    expect(house.server.lines.join()).not.toContain('could not be answered')
  })
})

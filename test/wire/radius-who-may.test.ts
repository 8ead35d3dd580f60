// Who may sign in over RADIUS: the rules of the login page hold there too.
import { describe, expect, it } from 'vitest'
import { putGroups } from '../../server/applications/who-may.ts'
import { addGroup } from '../../server/directory/groups.ts'
import { suspendUser } from '../../server/directory/suspension.ts'
import { endAccess } from '../../server/handed-out/end-access.ts'
import { issuePasscode } from '../../server/passcodes/temporary.ts'
import { cancelFrom } from '../../server/requests/cancel-from.ts'
import { blockAddress } from '../../server/watching/blocks.ts'
import { ENGINES } from '../support/engines.ts'
import { afterSignIn } from '../support/interrupted-store.ts'
import { ACCEPT, CALLING_STATION, CHALLENGE, messageOf, type RadiusClient, REJECT } from '../support/radius-client.ts'
import { BY, FROM, PASSWORD, presses, radiusGateways, shownTo, WRONG } from '../support/radius-gateway.ts'

describe.each(ENGINES)('who may sign in over RADIUS on %s', (engine) => {
  const { auditOf, codeOf, gateway, parts, person } = radiusGateways(engine)

  it('holds nobody back where they signed in before for what is tried on their name elsewhere', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    expect((await vpn.ask(username, `${PASSWORD},${codeOf(device)}`, [FROM])).code).toBe(ACCEPT)
    const elsewhere = [{ ...FROM, value: '203.0.113.99' }]
    const said = async (typed: string, from: (typeof FROM)[]) => messageOf(await vpn.ask(username, typed, from))
    for (let n = 0; n < 20; n++) expect(await said('wrong', elsewhere)).toBe(WRONG)
    const typed = `${PASSWORD},${codeOf(device)}`
    for (const from of [elsewhere, []]) expect(await said(typed, from)).toMatch(/^Too many attempts/)
    expect(await said(typed, [FROM])).toBe('The passcode is wrong.')
  })

  it('knows no place of somebody whose sign-ins ended just as they were let in there', async () => {
    await using vpn = await gateway()
    const { username, device, id } = await person()
    const { store } = parts()
    const end = () => store.write((tx) => endAccess(tx, parts(), { user: id }))
    const letIn = async () => {
      using _ = afterSignIn(store, end)
      expect((await vpn.ask(username, `${PASSWORD},${codeOf(device)}`, [FROM])).code).toBe(ACCEPT)
    }
    await letIn()
    const known = store.read.selectFrom('known_places').selectAll().where('user_id', '=', id)
    expect(await known.execute()).toEqual([])
  })

  it('lets nobody in who was suspended between the password and the passcode, be it the help desk’s', async () => {
    await using vpn = await gateway({ challenges: true })
    const { id, username } = await person()
    const issued = await issuePasscode(parts(), { id, reason: 'no phone', once: false }, BY)
    const asks = async () => vpn.reply(await vpn.ask(username, PASSWORD), username, '2')
    const [before, after] = [await asks(), await asks()]
    expect((await vpn.reply(before, username, issued.passcode)).code).toBe(ACCEPT)
    await suspendUser(parts(), id, BY)
    expect((await vpn.reply(after, username, issued.passcode)).code).toBe(REJECT)
  })

  it('keeps a policy, an application’s people and a trusted network as the login page does', async () => {
    await using closed = await gateway({}, { refusedNetworks: ['198.51.100.0/24'], trustedNetworks: ['10.0.0.0/8'] })
    const { username, device, id } = await person()
    const from = (value: string) => [{ type: CALLING_STATION, value }]
    expect(messageOf(await closed.ask(username, PASSWORD, from('198.51.100.7')))).toMatch(/policy does not allow/)
    expect((await closed.ask(username, PASSWORD, from('10.0.0.7'))).code).toBe(ACCEPT)
    expect(await auditOf(id)).toContainEqual([
      'signed-in',
      expect.objectContaining({ amr: ['pwd'], because: 'trusted-network' }),
    ])
    await parts().store.write((tx) =>
      tx.updateTable('applications').set({ restricted: 1 }).where('id', '=', closed.application).execute(),
    )
    expect(messageOf(await closed.ask(username, PASSWORD))).toBe('You may not sign in here.')
    expect(await device.requests()).toEqual([])
  })

  it('takes no typed passcode after a denial where a push would be refused, nor of a token that is not unlocked', async () => {
    await using risky = await gateway({}, { onRecentDenials: 'refuse' })
    await using locked = await gateway({}, { unlock: 'webauthn' })
    const { username, device } = await person()
    const types = async (vpn: RadiusClient) => messageOf(await vpn.ask(username, `${PASSWORD},${codeOf(device)}`))
    expect(await types(locked)).toMatch(/policy does not allow/)
    const packet = risky.request(username, PASSWORD, [FROM])
    risky.send(packet)
    await presses(device, 'deny')
    expect((await risky.answerTo(packet)).code).toBe(REJECT)
    expect(await types(risky)).toMatch(/policy does not allow/)
  })

  it('takes neither password nor passcode from an address that is blocked', async () => {
    await using vpn = await gateway({ challenges: true })
    const { username, device } = await person()
    const value = '198.51.100.66'
    const from = [{ type: CALLING_STATION, value }]
    const menu = await vpn.ask(username, PASSWORD, from)
    expect(menu.code).toBe(CHALLENGE)
    await blockAddress(parts(), { address: value, minutes: 5, reason: 'an attack' }, BY)
    expect((await vpn.reply(menu, username, codeOf(device), from)).code).toBe(REJECT)
    expect((await vpn.ask(username, PASSWORD, from)).code).toBe(REJECT)
    expect((await vpn.ask(username, PASSWORD, [FROM])).code).toBe(CHALLENGE)
  })

  it('asks nobody any longer from an address that is blocked meanwhile', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    const value = '198.51.100.67'
    const packet = vpn.request(username, PASSWORD, [{ type: CALLING_STATION, value }])
    vpn.send(packet)
    await shownTo(device)
    await cancelFrom(parts(), await blockAddress(parts(), { address: value, minutes: 5, reason: 'an attack' }, BY), BY)
    expect((await vpn.answerTo(packet)).code).toBe(REJECT)
    expect(await device.requests()).toEqual([])
  })

  it('asks again who may sign in, when somebody goes on', async () => {
    await using vpn = await gateway({ challenges: true })
    const { username, device } = await person()
    const menu = await vpn.ask(username, PASSWORD)
    const { id } = await addGroup(parts(), { name: `Few ${username}` }, BY)
    await parts().store.write((tx) => putGroups(tx, vpn.application, [id]))
    await parts().store.write((tx) =>
      tx.updateTable('applications').set({ restricted: 1 }).where('id', '=', vpn.application).execute(),
    )
    const refused = await vpn.reply(menu, username, codeOf(device))
    expect([refused.code, messageOf(refused)]).toEqual([REJECT, 'You may not sign in here.'])
  })

  it('counts a network of IPv6 as one address, and for the client alone', async () => {
    await using vpn = await gateway()
    const counted = async () => {
      const hits = await parts().store.read.selectFrom('hits').select('bucket').execute()
      return new Set(hits.map(({ bucket }) => bucket).filter((bucket) => bucket.startsWith('sign-in:')))
    }
    const before = await counted()
    for (const value of ['2001:db8:1:2::1', '2001:db8:1:2:3:4:5:6'])
      await vpn.ask('nobody', PASSWORD, [{ type: CALLING_STATION, value }])
    expect([...(await counted()).difference(before)]).toEqual([expect.not.stringContaining('2001:db8:1:2')])
  })
})

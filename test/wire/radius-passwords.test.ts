// What a password that came over RADIUS is worth: no device rings for whoever does not know it.
import { describe, expect, it, vi } from 'vitest'
import type { UserId } from '../../protocol/ids.ts'
import { setPassword } from '../../server/directory/set-password.ts'
import { suspendUser } from '../../server/directory/suspension.ts'
import { addUser } from '../../server/directory/users.ts'
import { ENGINES } from '../support/engines.ts'
import { ACCEPT, attributeOf, CALLING_STATION, CHALLENGE, messageOf, REJECT, STATE } from '../support/radius-client.ts'
import { BY, FROM, PASSWORD, presses, radiusGateways, shownTo, WRONG } from '../support/radius-gateway.ts'

describe.each(ENGINES)('passwords over RADIUS on %s', (engine) => {
  const { auditOf, codeOf, gateway, house, parts, person } = radiusGateways(engine)

  it('asks no device of anybody who does not know the password', async () => {
    await using vpn = await gateway()
    const { username, device, id } = await person()
    for (const typed of ['wrong', 'wrong,push', `wrong,${codeOf(device)}`, 'push', codeOf(device), ',push', ''])
      expect([typed, messageOf(await vpn.ask(username, typed, [FROM]))]).toEqual([typed, WRONG])
    expect(messageOf(await vpn.ask('nobody', PASSWORD))).toBe(WRONG)
    expect(await device.requests()).toEqual([])
    const detail = { address: '203.0.113.7', door: 'radius', client: vpn.id }
    expect(await auditOf(id)).toContainEqual(['sign-in-failed', detail])
  })

  it('says the same to a wrong password, to who has none and to who is nobody, after the same work', async () => {
    await using vpn = await gateway({ challenges: true })
    const { username } = await person()
    const { id, username: suspended } = await person()
    await suspendUser(parts(), id, BY)
    const without = `carol-${engine}`
    await addUser(parts(), { username: without })
    const work = vi.spyOn(parts().passwords, 'verify')
    const told = async (name: string, typed: string) => {
      work.mockClear()
      const answer = await vpn.ask(name, typed, [FROM])
      return [messageOf(answer), work.mock.calls.map(([phc]) => phc.split('$').slice(0, 4).join('$'))]
    }
    const wrong = [WRONG, [expect.stringMatching(/^\$argon2id\$/)]]
    for (const typed of ['wrong', 'wrong,push', 'wrong,123456'])
      expect([typed, await told(username, typed)]).toEqual([typed, wrong])
    const expected = await told(username, 'wrong')
    for (const name of [suspended, without, 'nobody', 'a\u202eb', 'a\u0000lice'])
      expect([name, await told(name, PASSWORD)]).toEqual([name, expected])
    work.mockRestore()
  })

  it('asks on the word of a gateway where the policy says that it asked for the password', async () => {
    await using vpn = await gateway({}, { passwordAtGateway: true })
    const { username, device, id } = await person()
    const answer = vpn.ask(username, 'push')
    await presses(device, 'approve')
    expect((await answer).code).toBe(ACCEPT)
    expect(await auditOf(id)).toContainEqual(['signed-in', expect.objectContaining({ amr: ['otp', 'swk'] })])
    await house.clock.advance(60_000)
    expect((await vpn.ask(username, codeOf(device))).code).toBe(ACCEPT)
    expect((await vpn.ask('nobody', 'push')).code).toBe(REJECT)
  })

  it('has a device asked on the word of a gateway in a trusted network too, for there is no other factor', async () => {
    await using vpn = await gateway({}, { passwordAtGateway: true, trustedNetworks: ['10.0.0.0/8'] })
    const { username, device } = await person()
    const answer = vpn.ask(username, 'push', [{ type: CALLING_STATION, value: '10.0.0.7' }])
    await presses(device, 'deny')
    expect((await answer).code).toBe(REJECT)
  })

  it.each(['1', 'push'])(
    'takes what was typed into the menu (%s) for no password, while a device is asked by it',
    async (typed) => {
      await using vpn = await gateway({ challenges: true })
      for (const numberMatching of [true, false]) {
        const { username, device } = await person({ numberMatching })
        const menu = await vpn.ask(username, PASSWORD)
        const packet = vpn.request(username, typed, [{ type: STATE, value: attributeOf(menu, STATE) ?? '' }], {
          identifier: 7,
        })
        vpn.send(packet)
        const answer = numberMatching ? await vpn.answerTo(packet) : undefined
        await shownTo(device)
        const without = await vpn.ask(username, typed)
        expect([without.code, messageOf(without)]).toEqual([REJECT, WRONG])
        const [, number = null] = /^Type (\d+)/.exec(answer ? messageOf(answer) : '') ?? []
        const over = answer ? vpn.reply(answer, username, '') : vpn.answerTo(packet)
        await presses(device, 'approve', number)
        expect((await over).code).toBe(ACCEPT)
      }
    },
  )

  describe('lets nobody in by a password that was replaced since', () => {
    const replace = (id: UserId) => setPassword(parts(), id, 'another good horse', BY)

    it.each(['1', 'push', 'code', '00000000'])('at the menu, and asks no device (%s)', async (typed) => {
      await using vpn = await gateway({ challenges: true })
      const { id, username, device } = await person()
      const menu = await vpn.ask(username, PASSWORD)
      expect(menu.code).toBe(CHALLENGE)
      await replace(id)
      const code = codeOf(device)
      expect(messageOf(await vpn.reply(menu, username, typed === 'code' ? code : typed))).toBe(WRONG)
      expect(await device.requests()).toEqual([])
      // Nothing was counted or spent.
      expect((await vpn.ask(username, `another good horse,${code}`)).code).toBe(ACCEPT)
    })

    it('while a device is asked, be it approved', async () => {
      await using vpn = await gateway()
      const { id, username, device } = await person()
      const answer = vpn.ask(username, PASSWORD, [FROM])
      await shownTo(device)
      await replace(id)
      await presses(device, 'approve')
      expect(messageOf(await answer)).toBe(WRONG)
      expect((await auditOf(id)).map(([kind]) => kind)).not.toContain('signed-in')
    })

    it('in the very moment, and knows them from nowhere', async () => {
      await using vpn = await gateway()
      const { id, username, device } = await person()
      const { store } = parts()
      const write = store.write
      const typed = `${PASSWORD},${codeOf(device)}`
      let isReplaced = false
      // The last thing before the sign-in is written down.
      const before = vi.spyOn(store, 'write').mockImplementation(async (work) => {
        const looked = await store.read
          .selectFrom('hits')
          .select('bucket')
          .where('bucket', 'like', `verify:${id}:%`)
          .execute()
        if (looked.length > 0 && !isReplaced) {
          isReplaced = true
          await replace(id)
        }
        return write(work)
      })
      expect(messageOf(await vpn.ask(username, typed, [FROM]))).toBe(WRONG)
      before.mockRestore()
      expect(isReplaced).toBe(true)
      const places = store.read.selectFrom('known_places').selectAll().where('user_id', '=', id)
      expect(await places.execute()).toEqual([])
    })
  })
})

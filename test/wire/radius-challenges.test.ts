// Menus and numbers over RADIUS: a State is good once, for the page that was shown it.
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import {
  ACCEPT,
  attributeOf,
  CHALLENGE,
  messageOf,
  type RadiusAnswer,
  REJECT,
  STATE,
} from '../support/radius-client.ts'
import { FROM, numberIn, PASSWORD, presses, radiusGateways, shownTo } from '../support/radius-gateway.ts'

const REDEEM_WINDOW_MS = 60_000

describe.each(ENGINES)('challenges over RADIUS on %s', (engine) => {
  const { auditOf, codeOf, gateway, house, person } = radiusGateways(engine)

  it('offers a menu where the client can show one', async () => {
    await using vpn = await gateway({ challenges: true })
    const { username, device } = await person()
    const menu = await vpn.ask(username, PASSWORD)
    expect([menu.code, messageOf(menu)]).toEqual([CHALLENGE, '1 push to Phone, 2 type a passcode'])
    const pushed = vpn.reply(menu, username, '1')
    await presses(device, 'approve')
    expect((await pushed).code).toBe(ACCEPT)
    const again = await vpn.ask(username, PASSWORD)
    const passcode = await vpn.reply(again, username, '2')
    expect(messageOf(passcode)).toBe('Type the passcode that your device shows.')
    expect((await vpn.reply(passcode, username, codeOf(device))).code).toBe(ACCEPT)
  })

  it('takes an answer to a challenge once, from who was asked and from nobody else', async () => {
    await using vpn = await gateway({ challenges: true })
    await using other = await gateway({ challenges: true })
    const [anna, ben] = [await person(), await person()]
    const stale = 'That took too long. Start again.'
    const ask = () => vpn.ask(anna.username, PASSWORD, [FROM])
    expect(messageOf(await other.reply(await ask(), anna.username, '2', [FROM]))).toBe(stale)
    expect(messageOf(await vpn.reply(await ask(), ben.username, '2', [FROM]))).toBe(stale)
    expect(messageOf(await vpn.reply(await ask(), anna.username, '2'))).toBe(stale)
    const menu = await ask()
    expect((await vpn.reply(menu, anna.username, '2', [FROM])).code).toBe(CHALLENGE)
    expect(messageOf(await vpn.reply(menu, anna.username, '2', [FROM]))).toBe(stale)
    const late = await ask()
    await house.clock.advance(121_000)
    expect(messageOf(await vpn.reply(late, anna.username, '2', [FROM]))).toBe(stale)
  })

  it('says that an answer to a challenge is stale, whichever port it comes from again', async () => {
    await using vpn = await gateway({ challenges: true })
    await using elsewhere = await vpn.again()
    const { username, device } = await person()
    const state = { type: STATE, value: attributeOf(await vpn.ask(username, PASSWORD), STATE) ?? '' }
    const packet = vpn.request(username, codeOf(device), [state])
    expect((await vpn.exchange(packet)).code).toBe(ACCEPT)
    expect((await elsewhere.exchange(packet)).code).toBe(REJECT)
  })

  it('shows the number in a challenge, and goes on with Enter, be it before or after the approval', async () => {
    await using vpn = await gateway({ challenges: true })
    for (const isBefore of [true, false]) {
      const { username, device } = await person({ numberMatching: true })
      const asked = await vpn.ask(username, `${PASSWORD},push`)
      const number = numberIn(asked)
      expect((await shownTo(device)).number).toEqual({ digits: number.length })
      const early = isBefore ? vpn.reply(asked, username, '') : undefined
      await presses(device, 'approve', number)
      expect((await (early ?? vpn.reply(asked, username, ''))).code).toBe(ACCEPT)
    }
  })

  it('asks anew where an approval was given and nobody pressed Enter while it was good', async () => {
    await using vpn = await gateway({ challenges: true })
    const { username, device } = await person({ numberMatching: true })
    const approved = async () => {
      const asked = await vpn.ask(username, `${PASSWORD},push`)
      const number = numberIn(asked)
      await presses(device, 'approve', number)
      return asked
    }
    const old = await approved()
    await house.clock.advance(REDEEM_WINDOW_MS)
    expect((await vpn.reply(await approved(), username, '')).code).toBe(ACCEPT)
    expect((await vpn.reply(old, username, '')).code).toBe(REJECT)
  })

  it('takes a passcode in the place of the number, and takes the question back', async () => {
    await using vpn = await gateway({ challenges: true })
    const { username, device } = await person({ numberMatching: true })
    const asked = await vpn.ask(username, `${PASSWORD},push`)
    expect((await vpn.reply(asked, username, codeOf(device))).code).toBe(ACCEPT)
    expect(await device.requests()).toEqual([])
  })

  it('asks nobody without the number where one is due and can’t be shown, unless the policy says so', async () => {
    await using vpn = await gateway()
    const { username, device, id } = await person({ numberMatching: true })
    expect(messageOf(await vpn.ask(username, PASSWORD))).toMatch(/^Type your password, a comma and a passcode/)
    expect(await device.requests()).toEqual([])
    expect(await auditOf(id)).toContainEqual(['sign-in-refused', { because: 'number' }])
    await using lenient = await gateway({}, { withoutNumber: 'approval' })
    const answer = lenient.ask(username, PASSWORD)
    expect((await shownTo(device)).number).toBeNull()
    await presses(device, 'approve')
    expect((await answer).code).toBe(ACCEPT)
    expect(await auditOf(id)).toContainEqual(['signed-in', expect.objectContaining({ numberWaived: true })])
  })

  it('asks anew at the next sign-in after one with a number', async () => {
    await using vpn = await gateway({ challenges: true })
    const { username, device } = await person({ numberMatching: true })
    for (const _time of [1, 2]) {
      const asked = await vpn.ask(username, `${PASSWORD},push`)
      const number = numberIn(asked)
      const answer = vpn.reply(asked, username, '')
      await presses(device, 'approve', number)
      expect((await answer).code).toBe(ACCEPT)
    }
  })

  it('tells nobody the number of another’s question, and the approval is of the page that shows it', async () => {
    await using vpn = await gateway({ challenges: true })
    await using elsewhere = await vpn.again()
    const { username, device } = await person({ numberMatching: true })
    const own = await vpn.ask(username, `${PASSWORD},push`)
    const question = await shownTo(device)
    const theirs = await elsewhere.ask(username, `${PASSWORD},push`)
    const others = (await device.requests()).filter(({ id }) => id !== question.id)
    expect(others).toHaveLength(1)
    const entered = elsewhere.reply(theirs, username, '')
    expect((await device.decide(question, 'approve', numberIn(own))).status).toBe(200)
    expect((await vpn.reply(own, username, '')).code).toBe(ACCEPT)
    for (const other of others) await device.decide(other, 'deny')
    expect((await entered).code).toBe(REJECT)
  })

  it('begins a question with a number anew for who asks anew from the same place', async () => {
    await using vpn = await gateway({ challenges: true })
    const { username, device } = await person({ numberMatching: true })
    const asked = []
    // The end of a former one forgets none that took its place.
    for (let n = 0; n < 3; n++) {
      asked.push(await vpn.ask(username, `${PASSWORD},push`, [FROM]))
      expect(await device.requests()).toHaveLength(1)
      await vpn.drained()
    }
    const [first, second, third] = asked as [RadiusAnswer, RadiusAnswer, RadiusAnswer]
    const answer = vpn.reply(third, username, '', [FROM])
    await presses(device, 'approve', numberIn(third))
    expect((await answer).code).toBe(ACCEPT)
    for (const former of [first, second]) expect((await vpn.reply(former, username, '', [FROM])).code).toBe(REJECT)
  })
})

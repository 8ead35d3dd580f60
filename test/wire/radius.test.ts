// The RADIUS door over real datagrams: a gateway asks, the person's device answers.
import { createCipheriv, hash, randomBytes } from 'node:crypto'
import { describe, expect, it, onTestFailed, vi } from 'vitest'
import type { ApplicationId, UserId } from '../../protocol/ids.ts'
import { putGroups } from '../../server/applications/who-may.ts'
import { addGroup } from '../../server/directory/groups.ts'
import { setMembership } from '../../server/directory/members.ts'
import { setPassword } from '../../server/directory/set-password.ts'
import { suspendUser } from '../../server/directory/suspension.ts'
import { addUser } from '../../server/directory/users.ts'
import { endAccess } from '../../server/handed-out/end-access.ts'
import { issuePasscode } from '../../server/passcodes/temporary.ts'
import { setPolicy } from '../../server/policy/stored.ts'
import { addClient } from '../../server/radius/clients.ts'
import { Door } from '../../server/radius/door.ts'
import { cancelFrom } from '../../server/requests/cancel-from.ts'
import { blockAddress } from '../../server/watching/blocks.ts'
import { pausePush, resumePush } from '../../server/watching/measures.ts'
import { ENGINES } from '../support/engines.ts'
import { seed } from '../support/fuzzing.ts'
import { afterSignIn } from '../support/interrupted-store.ts'
import {
  ACCEPT,
  ACCOUNTING_RESPONSE,
  ACCT_SESSION,
  accountingRequest,
  attributeOf,
  CALLING_STATION,
  CHALLENGE,
  EAP_MESSAGE,
  MESSAGE_AUTHENTICATOR,
  messageOf,
  NAS_IDENTIFIER,
  NAS_PORT,
  type RadiusAnswer,
  RadiusClient,
  REJECT,
  radiusRequest,
  STATE,
  USER_NAME,
} from '../support/radius-client.ts'
import { limits } from '../support/server.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'

const PASSWORD = 'correct horse'
const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const
const FROM = { type: CALLING_STATION, value: '203.0.113.7' }
const SHARE = 600
const REDEEM_WINDOW_MS = 60_000
const MINUTE = 60_000
/** User-Name, CHAP, Reply-Message, State, Calling-Station-Id, NAS-Identifier, Proxy-State, EAP-Message. */
const AT_RANDOM = [1, 3, 18, 24, 31, 32, 33, 79]
const USER_PASSWORD = 2
/** Status-Server. */
const STATUS = 12

type Drawn = (length: number) => Buffer
/** Bytes of chance, the same at each run. */
function drawn(): Drawn {
  const stream = createCipheriv('aes-256-ctr', hash('sha256', String(seed), 'buffer'), Buffer.alloc(16))
  return (length) => stream.update(Buffer.alloc(length))
}

const ENV = {
  COUNTERSIGN_RADIUS: 'udp://127.0.0.1:0',
  ...limits({ signInsPerAddress: { count: 10_000 }, radiusPerClient: { count: SHARE } }),
}

describe.each(ENGINES)('RADIUS on %s', (engine) => {
  const house = wireHouse(engine, { env: ENV })
  const parts = () => house.server.running.parts
  let networks = 0

  async function gateway(
    more: Partial<Parameters<typeof addClient>[1]> = {},
    policy?: Parameters<typeof setPolicy>[1]['policy'],
  ) {
    const { id } = await house.server.application('VPN')
    const address = `127.0.0.${++networks + 10}`
    const asked = { certificate: '', challenges: false, groups: 'none', messageAuthenticator: true, ...more }
    const added = await addClient(parts(), { id: id as ApplicationId, network: address, ...asked }, BY)
    if (policy) await setPolicy(parts(), { scope: id as ApplicationId, policy, version: 0 }, BY)
    const port = house.server.running.radius.udp?.port ?? 0
    const client = await RadiusClient.open(port, added.secret, address)
    const again = () => RadiusClient.open(port, added.secret, address)
    return Object.assign(client, { id: added.id, application: id as ApplicationId, address, again })
  }

  let people = 0
  async function person(policy = {}, username = `anna-${++people}`) {
    const { id } = await addUser(parts(), { username, password: PASSWORD })
    return { id, username, device: await house.server.device(username, { numberMatching: false, ...policy }) }
  }

  /** The one after that which activated the token. */
  const codeOf = (device: WireDevice) => device.passcode(device.token, house.clock.now() + 30_000)

  /** The device's one question, as soon as it is there. */
  async function shownTo(device: WireDevice) {
    return expect
      .poll(async () => (await device.requests())[0])
      .toBeDefined()
      .then(async () => {
        const [shown] = await device.requests()
        if (!shown) throw new Error('nothing is asked')
        return shown
      })
  }
  const presses = async (device: WireDevice, verdict: 'approve' | 'deny', number: string | null = null) =>
    expect((await device.decide(await shownTo(device), verdict, number)).status).toBe(200)

  const auditOf = async (user: string) =>
    (
      await parts()
        .store.read.selectFrom('audit')
        .selectAll()
        .where('user_id', '=', user as never)
        .orderBy('seq')
        .execute()
    ).map(({ kind, detail }) => [kind, JSON.parse(detail)])

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

  it('holds nobody back where they signed in before for what is tried on their name elsewhere', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    expect((await vpn.ask(username, `${PASSWORD},${codeOf(device)}`, [FROM])).code).toBe(ACCEPT)
    const elsewhere = [{ ...FROM, value: '203.0.113.99' }]
    const said = async (typed: string, from: (typeof FROM)[]) => messageOf(await vpn.ask(username, typed, from))
    for (let n = 0; n < 20; n++) expect(await said('wrong', elsewhere)).toBe('User name or password is wrong.')
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

  it('asks no device of anybody who does not know the password', async () => {
    await using vpn = await gateway()
    const { username, device, id } = await person()
    for (const typed of ['wrong', 'wrong,push', `wrong,${codeOf(device)}`, 'push', codeOf(device), ',push', ''])
      expect([typed, messageOf(await vpn.ask(username, typed, [FROM]))]).toEqual([
        typed,
        'User name or password is wrong.',
      ])
    expect(messageOf(await vpn.ask('nobody', PASSWORD))).toBe('User name or password is wrong.')
    expect(await device.requests()).toEqual([])
    const detail = { address: '203.0.113.7', door: 'radius', client: vpn.id }
    expect(await auditOf(id)).toContainEqual(['sign-in-failed', detail])
  })

  it('says the same to a wrong password, to who has none and to who is nobody, after the same work', async () => {
    await using vpn = await gateway({ challenges: true })
    const { username } = await person()
    const { id, username: suspended } = await person()
    await suspendUser(parts(), id, BY)
    const without = `carol-${++people}`
    await addUser(parts(), { username: without })
    const work = vi.spyOn(parts().passwords, 'verify')
    const told = async (name: string, typed: string) => {
      work.mockClear()
      const answer = await vpn.ask(name, typed, [FROM])
      return [messageOf(answer), work.mock.calls.map(([phc]) => phc.split('$').slice(0, 4).join('$'))]
    }
    const wrong = ['User name or password is wrong.', [expect.stringMatching(/^\$argon2id\$/)]]
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
        expect([without.code, messageOf(without)]).toEqual([REJECT, 'User name or password is wrong.'])
        const [, number = null] = /^Type (\d+)/.exec(answer ? messageOf(answer) : '') ?? []
        const over = answer ? vpn.reply(answer, username, '') : vpn.answerTo(packet)
        await presses(device, 'approve', number)
        expect((await over).code).toBe(ACCEPT)
      }
    },
  )

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

  describe('lets nobody in by a password that was replaced since', () => {
    const replace = (id: UserId) => setPassword(parts(), id, 'another good horse', BY)
    const WRONG = 'User name or password is wrong.'

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

  it('shows the number in a challenge, and goes on with Enter, be it before or after the approval', async () => {
    await using vpn = await gateway({ challenges: true })
    for (const isBefore of [true, false]) {
      const { username, device } = await person({ numberMatching: true })
      const asked = await vpn.ask(username, `${PASSWORD},push`)
      const [, number = ''] = /^Type (\d+) on your device/.exec(messageOf(asked)) ?? []
      expect((await shownTo(device)).number).toEqual({ digits: number.length })
      const early = isBefore ? vpn.reply(asked, username, '') : undefined
      await presses(device, 'approve', number)
      expect((await (early ?? vpn.reply(asked, username, ''))).code).toBe(ACCEPT)
    }
  })

  it('asks anew at the next sign-in after one that was approved', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    for (const _time of [1, 2]) {
      const answer = vpn.ask(username, PASSWORD, [FROM])
      await presses(device, 'approve')
      expect((await answer).code).toBe(ACCEPT)
    }
  })

  it('asks anew at the next sign-in after one with a number', async () => {
    await using vpn = await gateway({ challenges: true })
    const { username, device } = await person({ numberMatching: true })
    for (const _time of [1, 2]) {
      const asked = await vpn.ask(username, `${PASSWORD},push`)
      const [, number = ''] = /^Type (\d+) on your device/.exec(messageOf(asked)) ?? []
      const answer = vpn.reply(asked, username, '')
      await presses(device, 'approve', number)
      expect((await answer).code).toBe(ACCEPT)
    }
  })

  it('asks anew where an approval was given and nobody pressed Enter while it was good', async () => {
    await using vpn = await gateway({ challenges: true })
    const { username, device } = await person({ numberMatching: true })
    const approved = async () => {
      const asked = await vpn.ask(username, `${PASSWORD},push`)
      const [, number = ''] = /^Type (\d+) on your device/.exec(messageOf(asked)) ?? []
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

  it('answers a packet that comes again from memory, and asks nobody a second time', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    const packet = vpn.request(username, PASSWORD)
    for (let n = 0; n < 3; n++) vpn.send(packet)
    await shownTo(device)
    await vpn.drained()
    vpn.send(packet)
    expect(await device.requests()).toHaveLength(1)
    await presses(device, 'approve')
    const first = await vpn.answerTo(packet)
    expect(first.code).toBe(ACCEPT)
    expect((await vpn.exchange(packet)).bytes).toEqual(first.bytes)
  })

  it('rings nobody, and answers nothing, for a request that somebody recorded and sends later, from any port', async () => {
    await using vpn = await gateway()
    await using thief = await vpn.again()
    const { username, device, id } = await person()
    const packet = vpn.request(username, PASSWORD, [], { identifier: 1 })
    vpn.send(packet)
    const answer = vpn.answerTo(packet)
    await presses(device, 'deny')
    expect((await answer).code).toBe(REJECT)
    for (const minutes of [0, 1, 10]) {
      await house.clock.jump(minutes * MINUTE)
      for (const from of minutes === 0 ? [thief] : [thief, vpn]) {
        from.send(packet)
        await from.drained()
      }
    }
    // Asked after them, and asked.
    const own = vpn.request(username, PASSWORD)
    vpn.send(own)
    expect([await shownTo(device), (await device.requests()).length]).toEqual([expect.anything(), 1])
    await presses(device, 'approve')
    expect((await vpn.answerTo(own)).code).toBe(ACCEPT)
    const { read } = parts().store
    expect(await read.selectFrom('login_requests').select('id').where('user_id', '=', id).execute()).toHaveLength(2)
    expect(new Set(thief.received.map(([, identifier]) => identifier))).toEqual(new Set([255]))
  })

  it('lets a client that gave up and tries anew join what it had begun: one question, one Accept', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    const packets = [1, 2, 3].map((identifier) => vpn.request(username, PASSWORD, [FROM], { identifier }))
    for (const packet of packets) {
      vpn.send(packet)
      await shownTo(device)
      await vpn.drained()
    }
    expect(await device.requests()).toHaveLength(1)
    await presses(device, 'approve')
    const last = packets[2] ?? Buffer.alloc(0)
    expect((await vpn.answerTo(last)).code).toBe(ACCEPT)
    await vpn.drained()
    expect(vpn.received.map(([, identifier]) => identifier)).toEqual([255, 255, 255, 3, 255])
    // Each was heard, and rings nobody when it is sent again.
    await house.clock.jump(10 * MINUTE)
    for (const packet of packets) {
      vpn.send(packet)
      await vpn.drained()
    }
    vpn.send(vpn.request(username, PASSWORD))
    expect([await shownTo(device), (await device.requests()).length]).toEqual([expect.anything(), 1])
    await presses(device, 'deny')
  })

  it('knows who tries anew by their session, too, and joins nobody of whom no place is said', async () => {
    await using vpn = await gateway()
    const session = (value: string) => [{ type: ACCT_SESSION, value }]
    for (const [first, second, questions] of [
      [session('5f3a'), session('5f3a'), 1],
      [session('5f3a'), session('5f3b'), 2],
      [[FROM, ...session('5f3a')], [FROM, ...session('5f3b')], 1],
      [[{ type: NAS_PORT, value: Buffer.alloc(4) }], [{ type: NAS_PORT, value: Buffer.alloc(4) }], 2],
    ] as const) {
      const { username, device } = await person()
      vpn.send(vpn.request(username, PASSWORD, [...first], { identifier: 1 }))
      await shownTo(device)
      const anew = vpn.request(username, PASSWORD, [...second], { identifier: 2 })
      vpn.send(anew)
      if (questions === 2) {
        await expect.poll(async () => (await device.requests()).length).toBe(2)
        continue
      }
      await vpn.drained()
      await presses(device, 'approve')
      expect((await vpn.answerTo(anew)).code).toBe(ACCEPT)
    }
  })

  it('tells nobody the number of another’s question, and the approval is of the page that shows it', async () => {
    await using vpn = await gateway({ challenges: true })
    await using elsewhere = await vpn.again()
    const { username, device } = await person({ numberMatching: true })
    const numberIn = (asked: RadiusAnswer) => /^Type (\d+) on your device/.exec(messageOf(asked))?.[1] ?? ''
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
    await presses(device, 'approve', /^Type (\d+) on your device/.exec(messageOf(third))?.[1] ?? '')
    expect((await answer).code).toBe(ACCEPT)
    for (const former of [first, second]) expect((await vpn.reply(former, username, '', [FROM])).code).toBe(REJECT)
  })

  it('asks whoever could not be asked before as soon as they can be', async () => {
    await using vpn = await gateway()
    const { id, username, device } = await person()
    await pausePush(parts(), { id, minutes: 15, reason: 'an attack' }, BY)
    expect(messageOf(await vpn.ask(username, PASSWORD, [FROM]))).toMatch(/paused/)
    await resumePush(parts(), { id, reason: 'it is over' }, BY)
    const answer = vpn.ask(username, PASSWORD, [FROM])
    await presses(device, 'approve')
    expect((await answer).code).toBe(ACCEPT)
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

  it('knows nobody by a name with a zero in it, as by any other', async () => {
    await using vpn = await gateway()
    expect((await vpn.ask('a\u0000lice', PASSWORD)).code).toBe(REJECT)
    expect(house.server.lines.join()).not.toContain('could not be answered')
  })

  it('answers nothing to what is not signed by the client’s secret', async () => {
    await using vpn = await gateway()
    const { username } = await person()
    // What is refused at once where it is heard.
    const attributes = [{ type: USER_NAME, value: username }]
    const parts = { secret: vpn.secret, attributes }
    expect((await vpn.exchange(radiusRequest(parts))).code).toBe(REJECT)
    for (const packet of [
      radiusRequest({ ...parts, secret: 'another' }),
      radiusRequest({ ...parts, signed: false }),
      radiusRequest({ ...parts, signed: 'forged' }),
      radiusRequest({ ...parts, attributes: [...attributes, { type: MESSAGE_AUTHENTICATOR, value: 'short' }] }),
      vpn.request(username, PASSWORD).subarray(0, 40),
      radiusRequest({ secret: vpn.secret, code: STATUS, signed: false }),
      radiusRequest({ secret: 'another', code: STATUS }),
      accountingRequest('another'),
      Buffer.alloc(0),
    ])
      vpn.send(packet)
    await vpn.drained()
    expect(vpn.received).toHaveLength(2)
    expect((await vpn.exchange(accountingRequest(vpn.secret))).code).toBe(ACCOUNTING_RESPONSE)
  })

  /** By somebody who knows the secret: all that comes behind it is chance. */
  function chance(draw: Drawn, secret: string, username: string): Buffer {
    const [byte = 0, length = 0, ...types] = draw(8)
    const authenticator = draw(16)
    const attributes = types
      .slice(0, byte % 6)
      .map((type) => ({
        type: type % 2 ? type : (AT_RANDOM[type % AT_RANDOM.length] ?? 0),
        value: draw(length % 130),
      }))
      .filter(({ type }) => type !== MESSAGE_AUTHENTICATOR)
    if (byte % 3 === 0) attributes.push({ type: USER_NAME, value: Buffer.from(username) })
    const password = { type: USER_PASSWORD, value: draw(16 * (1 + (length % 8))) }
    if (byte % 4 === 0) attributes.push(password)
    const code = byte % 8 ? 1 : byte
    // That of `drained` is another.
    return radiusRequest({ secret, authenticator, attributes, code, identifier: byte % 255 })
  }

  it('answers nothing to strangers, and lets in none of a hundred thousand random packets, signed or not', async () => {
    await using vpn = await gateway({ challenges: true })
    await using fuzzed = await gateway({ challenges: true })
    await using stranger = await RadiusClient.open(house.server.running.radius.udp?.port ?? 0, vpn.secret, '127.0.0.9')
    const { username } = await person()
    onTestFailed(() => console.error(`FUZZ_SEED=${seed}`))
    const draw = drawn()
    stranger.send(stranger.request(username, PASSWORD))
    const lines = house.server.lines.length
    for (let n = 0; n < 100_000; n++) {
      const isSigned = n % 20 === 0
      const packet = isSigned ? chance(draw, fuzzed.secret, username) : draw(20 + (n % 100))
      if (n % 2) packet.writeUInt16BE(packet.length, 2)
      const sender = isSigned ? fuzzed : n % 4 ? vpn : stranger
      sender.send(packet)
      if (n % 200 === 0) await vpn.drained()
      // Of what is signed a client's share is read to the end.
      if (n === 50_000) await house.clock.jump(MINUTE)
    }
    await house.clock.jump(MINUTE)
    await fuzzed.drained()
    await vpn.drained()
    expect(fuzzed.received.filter((answer) => answer[0] === REJECT).length).toBeGreaterThan(SHARE / 2)
    const said = fuzzed.received.slice(0, -1).map((answer) => answer[0])
    expect(said.filter((code) => code === CHALLENGE)).toEqual([])
    expect(stranger.received).toEqual([])
    expect(vpn.received.every((answer) => answer[0] === ACCEPT)).toBe(true)
    const told = house.server.lines.slice(lines).map((line) => line.trim())
    expect(told.filter((line) => !/not answered/.test(line))).toEqual([])
    // Each kind of fault once a minute.
    expect(told.length).toBeLessThan(3 * 6)
  })

  it('drops what one client sends beyond its share, and no other notices', async () => {
    await using flooding = await gateway()
    await using vpn = await gateway()
    const { username, device } = await person()
    const status = () => radiusRequest({ secret: flooding.secret, code: 12 })
    for (let n = 0; n < SHARE; n++) await flooding.exchange(status())
    for (let n = 0; n < 500; n++) flooding.send(status())
    const dropped = status()
    flooding.send(dropped)
    const typed = `${PASSWORD},${codeOf(device)}`
    expect((await vpn.ask(username, typed)).code).toBe(ACCEPT)
    expect(flooding.received).toHaveLength(SHARE)
    await house.clock.advance(60_000)
    // Sent again, it is not taken for one that is being worked on.
    expect((await flooding.exchange(dropped)).code).toBe(ACCEPT)
    await flooding.drained()
  })

  it('has two thousand of one client under way at most, and as many again when those are done', async () => {
    await using vpn = await gateway()
    const needs = { ...parts(), stopping: new AbortController().signal }
    const limits = { ...parts().limits, radiusPerClient: { count: 100_000, seconds: 60 } }
    const door = new Door({ ...needs, limits } as never)
    const asked = () =>
      door.answer({ bytes: radiusRequest({ secret: vpn.secret, code: 12 }), address: vpn.address, port: 1 })
    for (const _time of [1, 2]) {
      const answers = await Promise.all(Array.from({ length: 2001 }, asked))
      expect(answers.filter((answer) => answer !== undefined)).toHaveLength(2000)
    }
  })

  it('answers a packet that comes again after one that could not be dealt with', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    const packet = vpn.request(username, `${PASSWORD},${codeOf(device)}`)
    const failing = vi.spyOn(parts().policies, 'of').mockRejectedValueOnce(new Error('a moment'))
    vpn.send(packet)
    await expect.poll(() => failing.mock.calls.length).toBeGreaterThan(0)
    await vpn.drained()
    expect((await vpn.exchange(packet)).code).toBe(ACCEPT)
    failing.mockRestore()
  })

  it('is of the resource that the device shows: who asks for another joins nobody', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    const asked = (resource: string, identifier: number) =>
      vpn.request(username, PASSWORD, [FROM, { type: NAS_IDENTIFIER, value: resource }], { identifier })
    vpn.send(asked('mail.harbour.example', 1))
    await shownTo(device)
    vpn.send(asked('vault.harbour.example', 2))
    await expect.poll(async () => (await device.requests()).length).toBe(2)
    while ((await device.requests()).length > 0) await presses(device, 'deny')
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

  it('asks without Message-Authenticator only where an operator allowed that, on this machine', async () => {
    await using old = await gateway({ messageAuthenticator: false })
    const { username, device } = await person()
    const name = [{ type: USER_NAME, value: username }]
    const packet = radiusRequest({
      secret: old.secret,
      password: `${PASSWORD},${codeOf(device)}`,
      attributes: name,
      signed: false,
    })
    expect((await old.exchange(packet)).code).toBe(ACCEPT)
    // Nor is anything else let through unsigned, or signed wrongly.
    const count = old.received.length
    old.send(radiusRequest({ secret: old.secret, code: STATUS, signed: false }))
    old.send(radiusRequest({ secret: old.secret, attributes: name, signed: 'forged' }))
    await old.drained()
    expect(old.received.slice(count).map(([, identifier]) => identifier)).toEqual([255])
    const { id } = await house.server.application()
    const asked = { id: id as ApplicationId, network: '10.0.0.0/8', certificate: '', challenges: false, groups: 'none' }
    const added = addClient(parts(), { ...asked, messageAuthenticator: false }, BY)
    await expect(added).rejects.toMatchObject({ slug: 'invalid' })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hex } from '../../protocol/encoding.ts'
import { type DeviceId, newId, type UserId } from '../../protocol/ids.ts'
import { type Database, ENGINES, newDatabase } from '../../test/support/engines.ts'
import { newSealer, newSigningKey, random, someDevice, someUser, withoutDevice } from '../../test/support/enrolled.ts'
import { enrollingHouse, otherThan, START } from '../../test/support/enrolling.ts'
import { findActiveDevice } from '../devices/device-rows.ts'
import { markTokenRevoked, tokenRow, tokensOnDevice } from '../devices/token-rows.ts'
import { totpKeyOf } from '../devices/token-secrets.ts'
import { knownUser } from '../directory/users.ts'
import { verifyTyped } from '../passcodes/verify.ts'
import { subscriptionOf } from '../push/subscriptions.ts'
import type { Store } from '../store/store.ts'
import { activate } from './activate.ts'

const STEP = 30_000

describe.each(ENGINES)('activation on %s', (engine) => {
  const sealer = newSealer()
  let database: Database
  let store: Store
  let other: Store
  beforeAll(async () => {
    database = await newDatabase(engine)
    store = await database.open()
    other = await database.open()
  })
  afterAll(() => database.remove())
  const house = (limits = {}) => enrollingHouse(store, sealer, limits)

  it('makes a token whose keys both sides have, though none crossed the wire', async () => {
    const { clock, user, enrol, ready, row } = await house()
    const { call, keys, created } = await ready()
    const { device, token, serverTime } = await enrol(call)
    expect(serverTime).toBe(START)
    expect(await findActiveDevice(store.read, device)).toMatchObject({ name: 'Phone', platform: 'Android' })
    const stored = await tokenRow(store.read, token)
    if (!stored) throw new Error('no token')
    expect(stored).toMatchObject({ user_id: user.id, device_id: device, state: 'active', label: 'Harbour', drift: 0 })
    expect(hex(totpKeyOf(sealer, stored))).toBe(hex(keys.totp))
    expect(hex(sealer.open(stored.ocra_key, { table: 'tokens', column: 'ocra_key', id: token }))).toBe(hex(keys.ocra))
    expect(await row(created.enrolment)).toMatchObject({ activated_at: clock.now(), server_private_key: null })
  })

  it('tells who waits and raises the event', async () => {
    const { user, enrol, ready } = await house()
    const { call, created } = await ready()
    const heard = new Promise<void>((resolve) => store.subscribe(`user:${user.id}`, resolve))
    const { device, token } = await enrol(call)
    await heard
    const event = await store.read
      .selectFrom('security_events')
      .selectAll()
      .where('user_id', '=', user.id)
      .executeTakeFirstOrThrow()
    expect(event.kind).toBe('token-activated')
    const about = { device, token, enrolment: created.enrolment, name: 'Phone', platform: 'Android' }
    expect(JSON.parse(event.detail)).toEqual(about)
  })

  it.each([-10, 10])('learns that the device’s clock is %i steps off, and spends the passcode', async (steps) => {
    const { user, enrol, ready, needs } = await house()
    const { call } = await ready({ skew: steps * STEP })
    const { token } = await enrol(call)
    expect(await tokenRow(store.read, token)).toMatchObject({ drift: steps })
    const typed = { user: user.id, application: newId('app', random), passcode: call.passcode }
    const verifying = verifyTyped(needs, typed)
    expect(await verifying).toEqual({ valid: false, reason: 'replayed' })
  })

  it('takes the password of the organisation’s directory, of that person and no other, where one is asked for', async () => {
    const { user, needs, ready } = await house()
    const { call } = await ready()
    const stranger = await someUser(store)
    const external = {
      signIn: async (name: string, password: string) => {
        const of = password === 'theirs' ? user.id : password === 'another’s' ? stranger.id : undefined
        return name === user.username && of ? knownUser(store.read, of) : undefined
      },
    }
    const policies = {
      ...needs.policies,
      of: async () => ({ activationPassword: { value: true, from: ['organisation' as const] } }),
    }
    const activates = (password: string) =>
      activate({ ...needs, external, policies }, { ...call, password }, { address: `address of ${user.id}` })
    for (const password of ['wrong', 'another’s'])
      await expect(activates(password)).rejects.toMatchObject({ slug: 'wrong-credentials' })
    expect(await activates('theirs')).toMatchObject({ device: expect.any(String) })
  })

  it('makes one token of one code, whoever comes at the same time', async () => {
    const { user, enrol, create, answer } = await house()
    const { code } = await create()
    const calls = await Promise.all(Array.from({ length: 6 }, async () => answer(code, await newSigningKey())))
    const outcomes = await Promise.allSettled(calls.map(({ call }, n) => enrol(call, {}, n % 2 ? store : other)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ slug: 'unknown-code' })
    expect(await tokensOfUser(user.id)).toHaveLength(1)
  })

  it('answers a call that is sent again with the same answer, at once or within a quarter of an hour', async () => {
    const { clock, user, enrol, ready } = await house()
    const { call } = await ready()
    const together = await Promise.all([store, other, store, other].map((on) => enrol(call, {}, on)))
    await clock.advance(15 * 60_000)
    const answers = [...together, await enrol(call)].map((answer) => JSON.stringify(answer))
    expect(new Set(answers).size).toBe(1)
    expect(await tokensOfUser(user.id)).toHaveLength(1)
    await clock.advance(1)
    await expect(enrol(call)).rejects.toMatchObject({ slug: 'unknown-code' })
  })

  it('answers a call alike that was overtaken by its own repetition after it had read the enrolment', async () => {
    const { enrol, ready } = await house()
    const { call } = await ready()
    let first: ReturnType<typeof enrol> | undefined
    const read = store.read.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        if (result.rows.some((row) => 'code_lookup' in row)) {
          // At the other process: a connection whose answer is being read serves nobody else.
          first ??= enrol(call, {}, other)
          await first
        }
        return result
      },
    })
    const overtaken = await enrol(call, {}, { ...store, read })
    expect(overtaken).toEqual(await first)
  })

  it('knows a used code only with the keys it was used with', async () => {
    const { enrol, ready } = await house()
    const { call } = await ready()
    await enrol(call)
    const foreign = await ready()
    for (const changes of [{ agreementKey: foreign.call.agreementKey }, { deviceKey: foreign.call.deviceKey }])
      await expect(enrol({ ...call, ...changes })).rejects.toMatchObject({ slug: 'unknown-code' })
  })

  it('allows five wrong passcodes, which use nothing up; after them the enrolment is dead', async () => {
    const { enrol, ready, row } = await house()
    const { call, created } = await ready()
    const wrong = { ...call, passcode: otherThan(call) }
    for (const triesLeft of [4, 3, 2, 1])
      await expect(enrol(wrong)).rejects.toMatchObject({ slug: 'wrong-passcode', members: { triesLeft } })
    expect(await row(created.enrolment)).toMatchObject({ activated_at: null })
    await expect(enrol(wrong)).rejects.toMatchObject({ slug: 'wrong-passcode', members: { triesLeft: 0 } })
    await expect(enrol(call)).rejects.toMatchObject({ slug: 'unknown-code' })
    expect(await row(created.enrolment)).toMatchObject({ server_private_key: null })
  })

  it('still takes the right passcode after four wrong ones', async () => {
    const { enrol, ready } = await house()
    const { call } = await ready()
    for (let n = 0; n < 4; n++) await enrol({ ...call, passcode: otherThan(call) }).catch(() => {})
    expect(await enrol(call)).toMatchObject({ token: expect.stringMatching(/^tok_/) })
  })

  it('checks five guesses, not more, of those that arrive together', async () => {
    const { enrol, ready } = await house()
    const { call } = await ready()
    const wrong = { ...call, passcode: otherThan(call) }
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => enrol(wrong, {}, n % 2 ? store : other)),
    )
    const slugs = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.slug : 'activated'))
    expect(slugs.filter((slug) => slug === 'wrong-passcode')).toHaveLength(5)
    expect(slugs.filter((slug) => slug === 'unknown-code')).toHaveLength(3)
  })

  it('refuses keys that are no points of the curve, and uses nothing up', async () => {
    const { enrol, ready } = await house()
    const { call } = await ready()
    const agreementKey = `${call.agreementKey.slice(0, 40)}${call.agreementKey[40] === 'A' ? 'B' : 'A'}${call.agreementKey.slice(41)}`
    const deviceKey = { ...call.deviceKey, y: call.deviceKey.x }
    await expect(enrol({ ...call, agreementKey })).rejects.toMatchObject({
      slug: 'invalid',
      members: { errors: { '/agreementKey': expect.any(String) } },
    })
    await expect(enrol({ ...call, deviceKey })).rejects.toMatchObject({
      slug: 'invalid',
      members: { errors: { '/deviceKey': expect.any(String) } },
    })
    expect(await enrol(call)).toBeDefined()
  })

  it('adds a token to a known device only with that device’s proof', async () => {
    const { enrol, ready } = await house()
    const known = await someDevice(store)
    const { call } = await ready({ key: known.key })
    await expect(enrol(call)).rejects.toMatchObject({ slug: 'device-key-in-use' })
    const stranger = await someDevice(store)
    await expect(enrol(call, { provenDevice: stranger.row })).rejects.toMatchObject({ slug: 'invalid-proof' })
    expect(await enrol(call, { provenDevice: known.row })).toMatchObject({ device: known.row.id })
  })

  it('adds nothing to a device that is being removed', async () => {
    const { clock, enrol, ready } = await house()
    const known = await someDevice(store)
    const { call } = await ready({ key: known.key })
    await withoutDevice(store, clock, known.row.id)
    await expect(enrol(call, { provenDevice: known.row })).rejects.toMatchObject({ slug: 'unknown-device' })
  })

  it('makes one device of one key that uses two codes at once', async () => {
    const { user, enrol, ready } = await house()
    const key = await newSigningKey()
    const calls = [await ready({ key }), await ready({ key })]
    const outcomes = await Promise.allSettled(calls.map(({ call }, n) => enrol(call, {}, n % 2 ? store : other)))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.map(({ reason }) => reason.slug)).toEqual(['device-key-in-use'])
    expect(await tokensOfUser(user.id)).toHaveLength(1)
  })

  it('stops at so many devices of a user, and uses nothing up', async () => {
    const { clock, enrol, ready } = await house({ devicesPerUser: 2 })
    const first = await enrol((await ready()).call)
    await enrol((await ready()).call)
    const { call } = await ready()
    await expect(enrol(call)).rejects.toMatchObject({ slug: 'too-many-devices' })
    await withoutDevice(store, clock, first.device)
    expect(await enrol(call)).toBeDefined()
  })

  it('gives a person’s second device of a name a number, and a stranger’s none', async () => {
    const { clock, enrol, ready } = await house()
    const held: DeviceId[] = []
    const named = async (name: string) => {
      const { call } = await ready()
      const { device } = await enrol({ ...call, device: { ...call.device, name } })
      held.push(device)
      return (await findActiveDevice(store.read, device))?.name
    }
    expect(await named('Pixel 9')).toBe('Pixel 9')
    expect(await named('pixel  9')).toBe('pixel  9 (2)')
    expect(await named('Pixel 9')).toBe('Pixel 9 (3)')
    const long = 'm'.repeat(64)
    expect([await named(long), await named(long)]).toEqual([long, `${'m'.repeat(60)} (2)`])
    for (const device of held) await withoutDevice(store, clock, device)
    expect(await named('Pixel 9')).toBe('Pixel 9')
    const another = await house()
    const { device } = await another.enrol((await another.ready()).call)
    expect(await findActiveDevice(store.read, device)).toMatchObject({ name: 'Phone' })
  })

  it('calls a device that takes another token as its person has named it since, apart from their others', async () => {
    const { enrol, ready } = await house()
    await enrol((await ready()).call)
    const key = await newSigningKey()
    const { device } = await enrol((await ready({ key })).call)
    const again = async (name: string) => {
      const { call } = await ready({ key })
      const provenDevice = await findActiveDevice(store.read, device)
      if (!provenDevice) throw new Error('no device')
      await enrol({ ...call, device: { ...call.device, name } }, { provenDevice })
      return (await findActiveDevice(store.read, device))?.name
    }
    expect([await again('Tablet'), await again('Tablet'), await again('Phone')]).toEqual([
      'Tablet',
      'Tablet',
      'Phone (2)',
    ])
  })

  it('renames nobody’s device by a token of somebody else, who may name it once it is theirs alone', async () => {
    const alice = await house()
    await alice.enrol((await alice.ready()).call)
    const key = await newSigningKey()
    const { device } = await alice.enrol((await alice.ready({ key })).call)
    const bob = await house()
    const taking = async ({ enrol, ready }: typeof bob) => {
      const provenDevice = await findActiveDevice(store.read, device)
      if (!provenDevice) throw new Error('no device')
      await enrol((await ready({ key })).call, { provenDevice })
      return (await findActiveDevice(store.read, device))?.name
    }
    expect(await taking(bob)).toBe('Phone (2)')
    for (const { id, user_id } of await tokensOnDevice(store.read, device))
      if (user_id === alice.user.id) await store.write((tx) => markTokenRevoked(tx, id))
    expect(await taking(bob)).toBe('Phone')
  })

  it('leaves a device the name that it was given while its next token was on its way', async () => {
    const { enrol, ready } = await house()
    const stranger = await house()
    const key = await newSigningKey()
    const { device } = await enrol((await ready({ key })).call)
    const asSeen = await findActiveDevice(store.read, device)
    if (!asSeen) throw new Error('no device')
    const { call } = await ready({ key })
    await enrol({ ...call, device: { ...call.device, name: 'Tablet' } }, { provenDevice: asSeen })
    await stranger.enrol((await stranger.ready({ key })).call, { provenDevice: asSeen })
    expect((await findActiveDevice(store.read, device))?.name).toBe('Tablet')
  })

  it('lets the last device allowed have another token', async () => {
    const { enrol, ready } = await house({ devicesPerUser: 1 })
    const key = await newSigningKey()
    const { device } = await enrol((await ready({ key })).call)
    const provenDevice = await findActiveDevice(store.read, device)
    if (!provenDevice) throw new Error('no device')
    expect(await enrol((await ready({ key })).call, { provenDevice })).toMatchObject({ device })
  })

  it('makes one last device of two that come at once', async () => {
    const { user, enrol, ready } = await house({ devicesPerUser: 1 })
    const calls = [await ready(), await ready(), await ready()]
    const outcomes = await Promise.allSettled(calls.map(({ call }, n) => enrol(call, {}, n % 2 ? store : other)))
    const slugs = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.slug] : []))
    expect(slugs).toEqual(['too-many-devices', 'too-many-devices'])
    expect(await tokensOfUser(user.id)).toHaveLength(1)
  })

  it('keeps the subscription that came along, once its endpoint was found to be allowed', async () => {
    const { enrol, ready } = await house()
    const { call } = await ready()
    const keys = { p256dh: call.agreementKey, auth: 'A'.repeat(22) }
    const at = (endpoint: string) => ({ ...call, subscription: { endpoint, keys } })
    await expect(enrol(at('https://inside.example/1'))).rejects.toMatchObject({ slug: 'endpoint-not-allowed' })
    const { device } = await enrol(at('https://push.example/1'))
    expect(await subscriptionOf(store.read, device)).toMatchObject({ endpoint: 'https://push.example/1', ...keys })
  })

  it('looks no endpoint up for somebody who can’t prove the keys', async () => {
    const { lookedUp, enrol, ready } = await house()
    const { call } = await ready()
    const subscription = {
      endpoint: 'https://inside.example/1',
      keys: { p256dh: call.agreementKey, auth: 'A'.repeat(22) },
    }
    await expect(enrol({ ...call, passcode: otherThan(call), subscription })).rejects.toMatchObject({
      slug: 'wrong-passcode',
    })
    expect(lookedUp).toEqual([])
  })

  it('spends no try on an endpoint that is refused as it is written', async () => {
    const { enrol, ready, row } = await house()
    const { call, created } = await ready()
    const keys = { p256dh: call.agreementKey, auth: 'A'.repeat(22) }
    for (const endpoint of ['http://push.example/1', 'https://127.0.0.1/1', 'https://intranet/1']) {
      const given = { ...call, passcode: otherThan(call), subscription: { endpoint, keys } }
      await expect(enrol(given)).rejects.toMatchObject({ slug: 'endpoint-not-allowed' })
    }
    expect(await row(created.enrolment)).toMatchObject({ wrong_passcodes: 0 })
  })

  it('changes nothing where the subscription can’t be kept', async () => {
    const { user, needs, ready, row } = await house()
    const { call, created } = await ready()
    const subscription = {
      endpoint: 'https://push.example/1',
      keys: { p256dh: call.agreementKey, auth: 'A'.repeat(22) },
    }
    const putSubscription = () => Promise.reject(new Error('disk full'))
    const enrolling = activate({ ...needs, putSubscription }, { ...call, subscription }, { address: user.id })
    await expect(enrolling).rejects.toThrow('disk full')
    expect(await tokensOfUser(user.id)).toEqual([])
    expect(await row(created.enrolment)).toMatchObject({ activated_at: null })
  })

  it('counts wrong codes against an address as opening does, and lets a right one through', async () => {
    const { enrol, ready, open } = await house()
    const { call, created } = await ready()
    for (let n = 0; n < 10; n++)
      await expect(enrol({ ...call, code: 'z'.repeat(26) })).rejects.toMatchObject({ slug: 'unknown-code' })
    await expect(enrol({ ...call, code: 'z'.repeat(26) })).rejects.toMatchObject({ slug: 'too-many-requests' })
    await expect(open('z'.repeat(26))).rejects.toMatchObject({ slug: 'too-many-requests' })
    expect(await open(created.code)).toBeDefined()
    expect(await enrol(call)).toBeDefined()
  })

  const tokensOfUser = (user: UserId) =>
    store.read.selectFrom('tokens').select('id').where('user_id', '=', user).execute()
})

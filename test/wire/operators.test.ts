// How operators come in, and what keeps others out.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OperatorView, PasskeyView } from '../../protocol/operator-api/operators.ts'
import type { Overview } from '../../protocol/operator-api/overview.ts'
import { purgeOperatorLeftovers } from '../../server/operators/sessions.ts'
import { audited } from '../support/audited.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { Passkey } from '../support/passkey.ts'
import { limits, MANY_SIGN_INS, startServer, type TestServer } from '../support/server.ts'
import { call, said } from '../support/wire-call.ts'
import { linkOf, operatorOf, programOf, WireOperator, WireProgram } from '../support/wire-operator.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
describe.each(ENGINES)('operators on %s', (engine) => {
  const clock = new ManualClock()
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine, { clock, env: MANY_SIGN_INS })
  })
  afterAll(() => server.close())

  describe('a one-time link', () => {
    it('makes a passkey and a session, in a cookie that no script and no other site can use', async () => {
      const { signInUrl, operator } = await linkOf(server, 'auditor', 'Ada')
      expect(signInUrl).toMatch(/^http:\/\/localhost:\d+\/console\/invitation#[0-9a-z]{26}$/)
      const ada = new WireOperator(server.wire)
      const accepted = await ada.accept(signInUrl, { name: 'Ada Lovelace' })
      expect(accepted.body).toMatchObject({
        actor: { kind: 'operator', id: operator.id, name: 'Ada Lovelace', role: 'auditor' },
        session: { expiresAt: '2026-01-01T12:00:00.000Z', freshUntil: '2026-01-01T00:05:00.000Z' },
      })
      expect(accepted.headers['set-cookie']).toEqual([
        expect.stringMatching(
          /^__Host-countersign-console=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
        ),
      ])
      expect((await ada.call('GET', '/session')).body).toMatchObject({ actor: { name: 'Ada Lovelace' } })
      expect((await audited(server, 'operator-joined')).at(-1)).toMatchObject({
        actor_id: operator.id,
        detail: { act: 'invitations.accept', by: { name: 'Ada Lovelace' }, address: '127.0.0.1' },
      })
    })

    it('is worth nothing to whoever finds it afterwards, and the try is written down', async () => {
      const { signInUrl, operator } = await linkOf(server)
      await new WireOperator(server.wire).accept(signInUrl)
      // However often it is tried, whoever listens is told three times an hour.
      for (let tries = 0; tries < 5; tries++)
        expect(said(await new WireOperator(server.wire).accept(signInUrl))).toBe('404 unknown-invitation')
      const entries = (await audited(server, 'invitation-refused')).filter(
        ({ detail }) => detail.operator === operator.id,
      )
      expect(entries).toHaveLength(3)
      const events = server.store.read.selectFrom('security_events').select('detail')
      const told = await events.where('kind', '=', 'invitation-refused').execute()
      expect(told.filter(({ detail }) => detail.includes(operator.id))).toHaveLength(3)
    })

    it('used twice at once makes one passkey', async () => {
      const { signInUrl, operator } = await linkOf(server)
      const both = [new WireOperator(server.wire), new WireOperator(server.wire)]
      const answers = await Promise.all(both.map((one) => one.accept(signInUrl)))
      expect(answers.map(said).sort()).toEqual(['201', '404 unknown-invitation'])
      const passkeys = server.store.read
        .selectFrom('operator_passkeys')
        .selectAll()
        .where('operator_id', '=', operator.id)
      expect(await passkeys.execute()).toHaveLength(1)
    })

    it('accepted at once with another under one name, leaves the name to one of them', async () => {
      for (let round = 0; round < 5; round++) {
        const links = [await linkOf(server), await linkOf(server)]
        const both = links.map(({ signInUrl }) =>
          new WireOperator(server.wire).accept(signInUrl, { name: `Kim ${round}` }),
        )
        expect((await Promise.all(both)).map(said).sort()).toEqual(['201', '409 operator-name-taken'])
      }
    })

    it('ends after a day', async () => {
      const { signInUrl } = await linkOf(server)
      await clock.jump(24 * HOUR)
      expect(said(await new WireOperator(server.wire).accept(signInUrl))).toBe('404 unknown-invitation')
    })

    it('is not to be found in the store', async () => {
      const { signInUrl } = await linkOf(server)
      const stored = JSON.stringify(await server.store.read.selectFrom('operator_invitations').selectAll().execute())
      expect(stored).not.toContain(signInUrl.split('#')[1])
    })

    it('is refused to a passkey without finger, face or PIN, and stays good', async () => {
      const { signInUrl } = await linkOf(server)
      const person = new WireOperator(server.wire)
      expect(said(await person.accept(signInUrl, {}, { userVerified: false }))).toBe('403 passkey-refused')
      expect(said(await person.accept(signInUrl))).toBe('201')
    })

    it('made anew for somebody who lost their passkey takes the lost one away, with its sessions', async () => {
      const lost = await operatorOf(server, 'administrator')
      const owner = await programOf(server)
      const first = await owner.call<{ signInUrl: string }>('POST', `/operators/${lost.id}/link`)
      const second = await owner.call<{ signInUrl: string }>('POST', `/operators/${lost.id}/link`)
      const found = new WireOperator(server.wire)
      expect(said(await found.accept(first.body.signInUrl))).toBe('404 unknown-invitation')
      expect(said(await lost.call('GET', '/session'))).toBe('200')
      expect(said(await found.accept(second.body.signInUrl))).toBe('201')
      expect(said(await lost.call('GET', '/session'))).toBe('401 unauthenticated')
      expect(said(await lost.signIn())).toBe('403 passkey-refused')
    })

    it('made anew leaves whoever had the passkey before nothing that they made with it', async () => {
      const robbed = await operatorOf(server, 'owner')
      const made = await robbed.call<{ apiToken: string }>('POST', '/api-tokens', {
        name: 'Nightly',
        role: 'owner',
        expiresInDays: 30,
      })
      const token = new WireProgram(server.wire, made.body.apiToken)
      const revoked = await robbed.call<typeof made.body & { token: { id: string } }>('POST', '/api-tokens', {
        name: 'Gone before',
        role: 'owner',
      })
      const other = await operatorOf(server, 'auditor')
      type Makes = Pick<WireProgram, 'call'>
      const linksBy = async (by: Makes, name: string) => {
        const invited = await by.call<{ signInUrl: string }>('POST', '/operators', { name, role: 'owner' })
        const renewed = await by.call<{ signInUrl: string }>('POST', `/operators/${other.id}/link`)
        return [invited.body.signInUrl, renewed.body.signInUrl]
      }
      const registers = async (by: Makes) => {
        const { body } = await by.call<{ token: string }>('POST', '/oidc/registration-tokens')
        return async () => {
          const headers = { authorization: `Bearer ${body.token}` }
          const asked = { client_name: 'Backdoor', redirect_uris: ['https://evil.example/cb'] }
          return said(await call(server.wire, 'POST', '/oidc/reg', { headers, body: asked }))
        }
      }
      const before = new WireProgram(server.wire, revoked.body.apiToken)
      const links = [
        ...(await linksBy(before, 'First support')),
        ...(await linksBy(token, 'Support')),
        ...(await linksBy(robbed, 'Second support')),
      ]
      const registrations = [await registers(before), await registers(robbed), await registers(token)]
      // A token that is revoked takes what it made along, and so leaves nothing for a day on which nobody knows of it.
      expect(said(await robbed.call('DELETE', `/api-tokens/${revoked.body.token.id}`))).toBe('204')
      expect((await audited(server, 'api-token-revoked')).at(-1)?.detail).toMatchObject({
        endedInvitations: 1,
        endedRegistrationTokens: 1,
      })
      const { body } = await (await programOf(server)).call<{ signInUrl: string }>(
        'POST',
        `/operators/${robbed.id}/link`,
      )
      expect(said(await new WireOperator(server.wire).accept(body.signInUrl))).toBe('201')
      expect(said(await token.call('GET', '/users'))).toBe('401 unauthenticated')
      for (const link of links)
        expect(said(await new WireOperator(server.wire).accept(link))).toBe('404 unknown-invitation')
      for (const registration of registrations) expect(await registration()).toMatch(/^401/)
      // Of the two links for one operator the later took the place of the other.
      expect((await audited(server, 'operator-joined')).at(-1)?.detail).toMatchObject({
        endedApiTokens: 1,
        endedInvitations: 3,
        endedRegistrationTokens: 2,
      })
    })
  })

  describe('a passkey', () => {
    it('signs in, and the organisation is told', async () => {
      const bea = await operatorOf(server)
      bea.cookie = ''
      expect(said(await bea.signIn())).toBe('201')
      expect((await audited(server, 'operator-signed-in')).at(-1)).toMatchObject({
        actor_id: bea.id,
        detail: { act: 'session.sign-in' },
      })
      const { operators } = (await bea.call<{ operators: OperatorView[] }>('GET', '/operators')).body
      expect(operators.find(({ id }) => id === bea.id)?.lastSignInAt).toBe(new Date(clock.now()).toISOString())
    })

    it.each([
      ['of another site', { origin: 'https://evil.example' }],
      ['made for another host', { rpId: 'evil.example' }],
      ['without finger, face or PIN', { userVerified: false }],
      ['of another person', { userHandle: 'b3ByX290aGVy' }],
      ['to a challenge of its own', { challenge: Buffer.from('mine').toString('base64url') }],
    ])('answer %s is refused', async (_what, faults) => {
      const bea = await operatorOf(server)
      expect(said(await bea.signIn(faults))).toBe('403 passkey-refused')
      expect(said(await bea.signIn())).toBe('201')
    })

    it('that nobody registered is refused, and so is one whose key is another', async () => {
      const bea = await operatorOf(server)
      const { body } = await bea.call<{ options: never }>('POST', '/session/options', {})
      const forged = { ...new Passkey(server.wire.origin).get(body.options), id: bea.passkey.id, rawId: bea.passkey.id }
      expect(said(await bea.call('POST', '/session/sign-in', { response: forged }))).toBe('403 passkey-refused')
      expect(said(await new WireOperator(server.wire).signIn())).toBe('403 passkey-refused')
    })

    it('answers a challenge once, within 5 minutes, for what it was made for', async () => {
      const bea = await operatorOf(server)
      const { body } = await bea.call<{ options: never }>('POST', '/session/options', {})
      const response = bea.passkey.get(body.options)
      expect(said(await bea.call('POST', '/session/confirm', { response }))).toBe('403 passkey-refused')
      expect(said(await bea.call('POST', '/session/sign-in', { response }))).toBe('201')
      expect(said(await bea.call('POST', '/session/sign-in', { response }))).toBe('403 passkey-refused')
      const late = await bea.call<{ options: never }>('POST', '/session/options', {})
      await clock.jump(5 * MINUTE)
      const answer = bea.passkey.get(late.body.options)
      expect(said(await bea.call('POST', '/session/sign-in', { response: answer }))).toBe('403 passkey-refused')
    })

    it('that was copied is noticed when its counter falls: refused, written down, and the organisation told', async () => {
      const bea = await operatorOf(server)
      expect(said(await bea.signIn({ counter: 7 }))).toBe('201')
      for (const counter of [7, 3, 0]) expect(said(await bea.signIn({ counter }))).toBe('403 passkey-cloned')
      expect((await audited(server, 'passkey-cloned')).at(-1)).toMatchObject({
        actor_id: bea.id,
        detail: { passkey: bea.passkey.id, expected: 8, counter: 0 },
      })
      const events = server.store.read.selectFrom('security_events').selectAll().where('kind', '=', 'passkey-cloned')
      expect(await events.execute()).toHaveLength(3)
      expect(said(await bea.signIn({ counter: 8 }))).toBe('201')
    })

    it('that was copied needs somebody until it is removed', async () => {
      const bea = await operatorOf(server)
      const needs = async () => {
        const { body } = await bea.call<Overview>('GET', '/overview')
        return body.copiedPasskeys.filter(({ id }) => id === bea.id)
      }
      await bea.signIn({ counter: 7 })
      expect(await needs()).toEqual([])
      const at = new Date(clock.now()).toISOString()
      await bea.signIn({ counter: 3 })
      await clock.jump(MINUTE)
      await bea.signIn({ counter: 2 })
      expect(await needs()).toEqual([{ id: bea.id, name: expect.any(String), passkey: expect.any(String), at }])
      const { body } = await bea.call<{ options: never }>('POST', '/passkeys/options')
      const spare = new Passkey(server.wire.origin)
      expect(said(await bea.call('POST', '/passkeys', { response: spare.create(body.options) }))).toBe('201')
      const { passkeys } = (await bea.call<{ passkeys: PasskeyView[] }>('GET', '/passkeys')).body
      const copied = Object.fromEntries(passkeys.map(({ id, copiedAt }) => [id, copiedAt]))
      expect(copied).toEqual({ [bea.passkey.id]: at, [spare.id]: null })
      // The session was begun with it, and ends.
      expect(said(await bea.call('DELETE', `/passkeys/${bea.passkey.id}`))).toBe('204')
      const others = (await (await operatorOf(server)).call<Overview>('GET', '/overview')).body.copiedPasskeys
      expect(others.filter(({ id }) => id === bea.id)).toEqual([])
    })

    it('whose counter falls without a right signature accuses nobody', async () => {
      const bea = await operatorOf(server)
      const before = (await audited(server, 'passkey-cloned')).length
      const { body } = await bea.call<{ options: never }>('POST', '/session/options', {})
      const stranger = new Passkey(server.wire.origin).get(body.options, { counter: 0 })
      const response = { ...stranger, id: bea.passkey.id, rawId: bea.passkey.id }
      expect(said(await bea.call('POST', '/session/sign-in', { response }))).toBe('403 passkey-refused')
      expect(await audited(server, 'passkey-cloned')).toHaveLength(before)
    })

    it('of a provider that keeps copies never counts, and is no fault', async () => {
      const { signInUrl } = await linkOf(server)
      const person = new WireOperator(server.wire)
      await person.accept(signInUrl, {}, { counter: 0 })
      for (let n = 0; n < 2; n++) expect(said(await person.signIn({ counter: 0 }))).toBe('201')
    })

    it('is one of several, until one is left', async () => {
      const bea = await operatorOf(server)
      const spare = new Passkey(server.wire.origin)
      const { body } = await bea.call<{ options: { excludeCredentials: object[] } }>('POST', '/passkeys/options')
      expect(body.options.excludeCredentials).toEqual([
        { id: bea.passkey.id, type: 'public-key', transports: ['internal'] },
      ])
      const response = spare.create(body.options as never)
      expect(said(await bea.call('POST', '/passkeys', { name: 'Key in the safe', response }))).toBe('201')
      // Nor is another's answer to what was answered.
      const more = new Passkey(server.wire.origin).create(body.options as never)
      for (const late of [response, more])
        expect(said(await bea.call('POST', '/passkeys', { response: late }))).toBe('403 passkey-refused')
      expect((await bea.call('GET', '/passkeys')).body).toMatchObject({
        passkeys: expect.arrayContaining([
          expect.objectContaining({ id: spare.id, name: 'Key in the safe', current: false }),
          expect.objectContaining({ id: bea.passkey.id, current: true }),
        ]),
      })
      const remove = [spare.id, bea.passkey.id].map((id) => bea.call('DELETE', `/passkeys/${id}`))
      const answers = (await Promise.all(remove)).map(said)
      expect(answers.filter((answer) => answer === '204')).toHaveLength(1)
      expect(['409 last-passkey', '401 unauthenticated']).toContain(answers.find((answer) => answer !== '204'))
    })

    it('has the name that its owner gives it', async () => {
      const bea = await operatorOf(server)
      const rename = (name: string) => bea.call('PATCH', `/passkeys/${bea.passkey.id}`, { name })
      expect((await rename('Laptop, left drawer')).body).toMatchObject({ name: 'Laptop, left drawer', current: true })
      for (const name of ['', 'x'.repeat(65)]) expect(said(await rename(name))).toBe('422 invalid')
      expect((await bea.call('GET', '/passkeys')).body).toMatchObject({ passkeys: [{ name: 'Laptop, left drawer' }] })
      expect((await audited(server, 'passkey-renamed')).at(-1)).toMatchObject({
        actor_id: bea.id,
        detail: { passkey: bea.passkey.id, name: 'Laptop, left drawer' },
      })
    })

    it('of somebody else can be neither renamed nor taken away', async () => {
      const [bea, eve] = [await operatorOf(server), await operatorOf(server)]
      const named = await eve.call('PATCH', `/passkeys/${bea.passkey.id}`, { name: 'Mine' })
      expect(said(named)).toBe('404 unknown-passkey')
      expect(said(await eve.call('DELETE', `/passkeys/${bea.passkey.id}`))).toBe('404 unknown-passkey')
    })
  })

  describe('a session', () => {
    it('ends after 12 hours', async () => {
      const bea = await operatorOf(server)
      for (let quarter = 1; quarter < 48; quarter++) {
        await clock.jump(15 * MINUTE)
        expect(said(await bea.call('GET', '/session'))).toBe('200')
      }
      await clock.jump(15 * MINUTE)
      expect(said(await bea.call('GET', '/session'))).toBe('401 unauthenticated')
    })

    it('ends after 30 minutes without a call', async () => {
      const bea = await operatorOf(server)
      await clock.jump(30 * MINUTE - 1)
      expect(said(await bea.call('GET', '/session'))).toBe('200')
      await clock.jump(30 * MINUTE)
      expect(said(await bea.call('GET', '/session'))).toBe('401 unauthenticated')
    })

    it('needs the passkey again for what is dangerous, 5 minutes after it was used', async () => {
      const bea = await operatorOf(server)
      const invite = () => bea.call('POST', '/operators', { name: `Cal ${clock.now()}`, role: 'auditor' })
      expect(said(await invite())).toBe('201')
      await clock.jump(5 * MINUTE)
      expect(said(await invite())).toBe('403 fresh-passkey-required')
      expect(said(await bea.call('GET', '/operators'))).toBe('200')
      expect(said(await bea.confirm({ userVerified: false }))).toBe('403 passkey-refused')
      expect(said(await invite())).toBe('403 fresh-passkey-required')
      expect(said(await bea.confirm())).toBe('200')
      expect(said(await invite())).toBe('201')
    })

    it('is not confirmed by another operator’s passkey', async () => {
      const [bea, eve] = [await operatorOf(server), await operatorOf(server)]
      const { body } = await bea.call<{ options: never }>('POST', '/session/confirm/options', {})
      const response = eve.passkey.get(body.options)
      expect(said(await bea.call('POST', '/session/confirm', { response }))).toBe('403 passkey-refused')
    })

    it('is over when its operator signs out, and the cookie is gone', async () => {
      const bea = await operatorOf(server)
      const { cookie } = bea
      const out = await bea.call('DELETE', '/session')
      expect(said(out)).toBe('204')
      expect(out.headers['set-cookie']?.[0]).toMatch(/Max-Age=0/)
      bea.cookie = cookie
      expect(said(await bea.call('GET', '/session'))).toBe('401 unauthenticated')
    })

    it('is known in the store by the hash of its cookie only, and forgotten when it is over', async () => {
      const bea = await operatorOf(server)
      const secret = bea.cookie.split('=')[1] ?? 'none'
      const rows = () =>
        server.store.read.selectFrom('operator_sessions').selectAll().where('operator_id', '=', bea.id).execute()
      expect(JSON.stringify(await rows())).not.toContain(secret)
      await purgeOperatorLeftovers(server.store, clock.now() + 12 * HOUR)
      expect(await rows()).toEqual([])
    })
  })

  describe('another site', () => {
    it.each([['https://evil.example'], ['null'], [''], ['http://localhost']])(
      'at "%s" changes nothing with an operator’s cookie',
      async (origin) => {
        const bea = await operatorOf(server)
        const invited = bea.call('POST', '/operators', { name: 'Mallory', role: 'owner' }, { origin })
        expect(said(await invited)).toBe('403 cross-site')
        expect(said(await bea.call('DELETE', '/session', undefined, { origin }))).toBe('403 cross-site')
        expect(said(await bea.call('POST', '/session/options', {}, { origin }))).toBe('403 cross-site')
        expect(said(await bea.call('GET', '/session'))).toBe('200')
      },
    )
  })
})

describe.each(ENGINES)('guessing at the console on %s', (engine) => {
  it('is limited by address', async () => {
    await using server = await startServer(engine, {
      clock: new ManualClock(),
      env: limits({ signInsPerAddress: { count: 3 }, enrolmentOpens: { count: 3 } }),
    })
    const stranger = new WireOperator(server.wire)
    const links = []
    const passkeys = []
    for (let n = 0; n < 4; n++) links.push(said(await stranger.accept(`#${'0'.repeat(26)}`)))
    for (let n = 0; n < 4; n++) passkeys.push(said(await stranger.signIn()))
    expect(links).toEqual([...Array(3).fill('404 unknown-invitation'), '429 too-many-requests'])
    expect(passkeys).toEqual([...Array(3).fill('403 passkey-refused'), '429 too-many-requests'])
    const { signInUrl } = await linkOf(server, 'auditor', 'Ines')
    expect(said(await stranger.accept(signInUrl))).toBe('201')
  })

  it('leaves operators their sign-ins who come from the same address', async () => {
    const env = limits({ signInsPerAddress: { count: 3 } })
    await using server = await startServer(engine, { clock: new ManualClock(), env })
    const [ada, bea] = [await operatorOf(server), await operatorOf(server)]
    const signIns = []
    for (let n = 0; n < 4; n++) for (const one of [ada, bea]) signIns.push(said(await one.signIn()))
    expect(signIns).toEqual([...Array(6).fill('201'), ...Array(2).fill('429 too-many-requests')])
  })

  it('takes what an operator tries beyond their own limit from nobody else there', async () => {
    const env = limits({ signInsPerAddress: { count: 3 } })
    await using server = await startServer(engine, { clock: new ManualClock(), env })
    const [ada, bea] = [await operatorOf(server), await operatorOf(server)]
    const signIns = []
    for (let n = 0; n < 6; n++) signIns.push(said(await ada.signIn()))
    expect(signIns).toEqual([...Array(3).fill('201'), ...Array(3).fill('429 too-many-requests')])
    expect(said(await bea.signIn())).toBe('201')
  })
})

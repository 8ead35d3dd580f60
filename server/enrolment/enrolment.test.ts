import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromBase64url, hex } from '../../protocol/encoding.ts'
import type { TokenPolicy } from '../../protocol/login-request.ts'
import type { Problem } from '../../protocol/problems.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { newSealer } from '../../test/support/enrolled.ts'
import { enrollingHouse, otherThan, START } from '../../test/support/enrolling.ts'
import { digest } from '../store/digest.ts'
import type { Store } from '../store/store.ts'
import { expireEnrolments } from './open.ts'
import { privateKeyCell } from './rows.ts'

const HOUR = 3_600_000

describe.each(ENGINES)('enrolments on %s', (engine) => {
  const sealer = newSealer()
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())
  const house = () => enrollingHouse(store, sealer)

  describe('creating', () => {
    it('gives a code, a link to the app, and a day', async () => {
      const { create } = await house()
      const { code, activationUrl, expiresAt, enrolment } = await create()
      expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/)
      expect(activationUrl).toBe(`https://app.example/enrol#${code}`)
      expect(expiresAt).toBe('2026-01-02T00:00:10.000Z')
      expect(enrolment).toMatch(/^enr_/)
    })

    it.each<[string, Partial<TokenPolicy>]>([
      ['number matching', { approval: 'enhanced' }],
      ['an unlock', { approval: 'enhanced', numberMatching: false, unlock: 'webauthn' }],
    ])('refuses enhanced approval with %s', async (_, policy) => {
      const { create } = await house()
      await expect(create({ policy })).rejects.toMatchObject({ slug: 'incompatible-policy' })
      await expect(create({ policy: { approval: 'enhanced', numberMatching: false } })).resolves.toBeDefined()
    })

    it.each([
      ['/label', { label: '' }],
      ['/label', { label: 'two\nlines' }],
      ['/expiresInMs', { expiresInMs: 0 }],
      ['/expiresInMs', { expiresInMs: Number.MAX_SAFE_INTEGER }],
    ])('refuses a bad %s', async (pointer, asked) => {
      const { create } = await house()
      await expect(create(asked)).rejects.toMatchObject({
        slug: 'invalid',
        members: { errors: { [pointer]: expect.any(String) } },
      })
    })

    it('stores neither the code nor its bare hash, and the private half sealed', async () => {
      const { create, row } = await house()
      const { code, enrolment } = await create()
      const audit = await store.read.selectFrom('audit').selectAll().where('kind', '=', 'enrolment-created').execute()
      const stored = JSON.stringify([await row(enrolment), audit])
      const hash = digest(code)
      for (const secret of [code, hash, hex(fromBase64url(hash))]) expect(stored).not.toContain(secret)
      expect(JSON.stringify(audit)).toContain(enrolment)
      const sealed = (await row(enrolment)).server_private_key ?? ''
      expect(sealer.open(sealed, privateKeyCell(enrolment))).not.toHaveLength(0)
      const another = await create()
      expect(() => sealer.open(sealed, privateKeyCell(another.enrolment))).toThrow()
    })
  })

  describe('opening', () => {
    it('shows what the token will ask, as often as one likes', async () => {
      const { user, create, open } = await house()
      const { code, enrolment } = await create({ policy: { unlock: 'webauthn', numberDigits: 3 }, label: 'Work' })
      const offer = await open(code)
      expect(offer).toEqual({
        enrolment,
        organisation: { name: 'Harbour' },
        user: { username: user.username, displayName: 'Alice' },
        token: {
          label: 'Work',
          unlock: 'webauthn',
          approval: 'standard',
          numberMatching: true,
          numberDigits: 3,
          otp: { digits: 6, period: 30 },
        },
        serverKey: expect.stringMatching(/^B[A-Za-z0-9_-]{86}$/),
        vapidKey: 'the VAPID key',
        serverTime: START,
      })
      for (let n = 0; n < 12; n++) expect(await open(code)).toEqual(offer)
    })

    it('forgives how people type a code', async () => {
      const { create, open } = await house()
      const { code, enrolment } = await create()
      const typed = ` ${code.slice(0, 13).toUpperCase()}-${code.slice(13)} `.replaceAll('0', 'O').replaceAll('1', 'l')
      expect(await open(typed)).toMatchObject({ enrolment })
    })

    it('answers alike to a wrong, used, expired, dead and malformed code', async () => {
      const { clock, create, open, enrol, ready } = await house()
      const used = await ready()
      await enrol(used.call)
      const dead = await ready()
      for (let n = 0; n < 5; n++) await enrol({ ...dead.call, passcode: otherThan(dead.call) }).catch(() => {})
      const expired = await create({ expiresInMs: HOUR })
      await clock.advance(HOUR)
      const problems = []
      for (const code of ['0'.repeat(26), used.created.code, expired.code, dead.created.code, 'what?'])
        problems.push(await open(code).catch((problem: Problem) => problem.document()))
      expect(new Set(problems.map((problem) => JSON.stringify(problem))).size).toBe(1)
      expect(problems[0]).toMatchObject({ type: 'urn:countersign:problem:unknown-code', status: 404 })
    })

    it('lets an address guess ten times a minute; a right code is neither counted nor made to wait', async () => {
      const { clock, create, open } = await house()
      const { code } = await create()
      for (let n = 0; n < 10; n++) {
        await open(code)
        await expect(open('0'.repeat(26))).rejects.toMatchObject({ slug: 'unknown-code' })
      }
      await clock.advance(20_000)
      const refused = { slug: 'too-many-requests', headers: { 'Retry-After': '40' } }
      await expect(open('0'.repeat(26))).rejects.toMatchObject(refused)
      expect(await open(code)).toBeDefined()
      await expect(open('0'.repeat(26))).rejects.toMatchObject(refused)
    })
  })

  it('destroys the private halves of enrolments that nobody used in time, and only those', async () => {
    const { clock, needs, create, row } = await house()
    const [short, long] = [await create({ expiresInMs: HOUR }), await create()]
    await clock.advance(HOUR)
    expect(await expireEnrolments(needs)).toBeGreaterThanOrEqual(1)
    expect((await row(short.enrolment)).server_private_key).toBeNull()
    expect((await row(long.enrolment)).server_private_key).not.toBeNull()
    expect(await expireEnrolments(needs)).toBe(0)
  })
})

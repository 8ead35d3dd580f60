import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Verified } from '../../protocol/application-answers.ts'
import { newId } from '../../protocol/ids.ts'
import type { OtpSettings } from '../../protocol/login-request.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { type Database, ENGINES, newDatabase } from '../../test/support/engines.ts'
import { newSealer, QUIET, random, someDevice, someToken, someUser } from '../../test/support/enrolled.ts'
import { unlockPasscodes } from '../desk/standing.ts'
import { openPolicies } from '../policy/book.ts'
import type { Store } from '../store/store.ts'
import { readThrottle } from '../throttling/throttle.ts'
import { UNTIL_LIFTED } from './lock.ts'
import { totpAt } from './totp.ts'
import { requireFresh, verifyTyped } from './verify.ts'

const MINUTE = 60_000
const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'users.unlock' } as const
const MANY = { count: 1000, seconds: 60 }
const counted = (answers: Verified[], reason: string) =>
  answers.filter((answer) => (answer.valid ? 'valid' : answer.reason) === reason).length

describe.each(ENGINES)('typed passcodes on %s', (engine) => {
  const sealer = newSealer()
  const application = newId('app', random)
  let database: Database
  let store: Store
  let other: Store
  beforeAll(async () => {
    database = await newDatabase(engine)
    store = await database.open()
    other = await database.open()
  })
  afterAll(() => database.remove())

  async function holder({ otp, rate = MANY }: { otp?: OtpSettings; rate?: typeof MANY } = {}) {
    const clock = new ManualClock('2026-01-01T00:00:10.000Z')
    const user = (await someUser(store)).id
    const device = await someDevice(store)
    const tokenFor = () => someToken(store, { sealer, user, device: device.row.id, ...(otp ? { otp } : {}) })
    const token = await tokenFor()
    const limits = { wrongPasscodes: { count: 10 }, verifiesPerUserAndApplication: rate }
    const needs = (by: Store) => ({
      ...{ ...QUIET, store: by, clock, random, sealer, limits, policies: openPolicies(by) },
      ...{ locate: () => undefined, blocks: { refuse: async () => {} } },
    })
    const verify = (passcode: string, by = { store, application }) =>
      verifyTyped(needs(by.store), { user, application: by.application, passcode })
    const fresh = (passcode: string) =>
      requireFresh(needs(store), { user, token: token.row.id, passcode, also: async () => {} })
    /** the code that a device whose clock is `offset` steps off shows now */
    const code = (offset = 0, of = token) => {
      const step = Math.floor(clock.now() / 1000 / of.row.otp_period) + offset
      return totpAt(of.keys.totp, step, of.row.otp_digits)
    }
    /** digits that no step near now has */
    const wrong = () => {
      const near = new Set([-2, -1, 0, 1, 2].map((offset) => code(offset)))
      return ['000000', '111111', '222222', '333333', '444444', '555555'].find((digits) => !near.has(digits)) ?? ''
    }
    return { clock, user, token, tokenFor, verify, fresh, code, wrong }
  }

  it('takes a code once', async () => {
    const { token, verify, code } = await holder()
    expect(await verify(code())).toEqual({ valid: true, token: token.row.id })
    expect(await verify(code())).toEqual({ valid: false, reason: 'replayed' })
  })

  it('takes a code once of twenty that arrive together at two processes', async () => {
    const { verify, code } = await holder()
    const passcode = code()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => verify(passcode, { store: n % 2 ? store : other, application })),
    )
    expect(counted(answers, 'valid')).toBe(1)
    expect(counted(answers, 'replayed')).toBe(19)
  })

  it('follows a clock that drifts, a step at a time', async () => {
    const { clock, verify, code } = await holder()
    for (const offset of [1, 2, 3, 4]) {
      expect(await verify(code(offset + 1))).toEqual({ valid: false, reason: 'wrong' })
      expect(await verify(code(offset))).toMatchObject({ valid: true })
      await clock.advance(MINUTE)
    }
    expect(await verify(code(0))).toEqual({ valid: false, reason: 'wrong' })
  })

  it('finds the token among all that a user holds', async () => {
    const { verify, code, tokenFor } = await holder()
    const second = await tokenFor()
    expect(await verify(code(0, second))).toEqual({ valid: true, token: second.row.id })
  })

  it('tries no token that is not active', async () => {
    const { token, verify, code } = await holder()
    await store.write((tx) =>
      tx.updateTable('tokens').set({ state: 'suspended' }).where('id', '=', token.row.id).execute(),
    )
    expect(await verify(code())).toEqual({ valid: false, reason: 'wrong' })
  })

  it('tries a fresh one no more often than another: what is tried too fast is not even counted as wrong', async () => {
    const { user, fresh, wrong, code } = await holder({ rate: { count: 3, seconds: 60 } })
    for (let n = 0; n < 3; n++) await expect(fresh(wrong())).rejects.toMatchObject({ slug: 'wrong-passcode' })
    await expect(fresh(code())).rejects.toMatchObject({ slug: 'too-many-requests' })
    expect(await readThrottle(store.read, user)).toMatchObject({ passcode_failures: 3 })
  })

  it('locks after ten wrong ones in a row, then takes no code, not even a right one, until the lock ends', async () => {
    const { clock, user, verify, code, wrong } = await holder()
    for (let n = 0; n < 10; n++) expect(await verify(wrong())).toEqual({ valid: false, reason: 'wrong' })
    expect(await verify(code())).toEqual({ valid: false, reason: 'locked' })
    await clock.advance(15 * MINUTE - 1)
    expect(await verify(code())).toEqual({ valid: false, reason: 'locked' })
    await clock.advance(1)
    expect(await verify(code())).toMatchObject({ valid: true })
    const events = await store.read.selectFrom('security_events').select('kind').where('user_id', '=', user).execute()
    expect(events).toEqual([{ kind: 'passcodes-locked' }])
  })

  it('checks ten guesses, not more, of thirty that arrive together at two processes', async () => {
    const { verify, wrong } = await holder()
    const passcode = wrong()
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => verify(passcode, { store: n % 2 ? store : other, application })),
    )
    expect(counted(answers, 'wrong')).toBe(10)
    expect(counted(answers, 'locked')).toBe(20)
  })

  it('forgets wrong ones after a right one, and does not count replayed ones', async () => {
    const { clock, user, verify, code, wrong } = await holder()
    for (let n = 0; n < 9; n++) await verify(wrong())
    expect(await verify(code())).toMatchObject({ valid: true })
    for (let n = 0; n < 12; n++) expect(await verify(code())).toEqual({ valid: false, reason: 'replayed' })
    expect((await readThrottle(store.read, user)).passcode_failures).toBe(0)
    await clock.advance(MINUTE)
    expect(await verify(code())).toMatchObject({ valid: true })
  })

  it('after a hundred in a row waits for an operator', async () => {
    const { clock, user, verify, code, wrong } = await holder()
    for (let n = 0; n < 100; n++) {
      expect(await verify(wrong())).toEqual({ valid: false, reason: 'wrong' })
      if (n % 10 === 9 && n < 99) await clock.advance(24 * 60 * MINUTE)
    }
    await clock.advance(365 * 24 * 60 * MINUTE)
    expect(await verify(code())).toEqual({ valid: false, reason: 'locked' })
    expect((await readThrottle(store.read, user)).passcodes_locked_until).toBe(UNTIL_LIFTED)
    await unlockPasscodes({ ...QUIET, store, clock, random, sealer }, { id: user, reason: 'a call' }, BY)
    expect(await verify(code())).toMatchObject({ valid: true })
  })

  it('answers so many a minute for each application, and counts none of the others', async () => {
    const { clock, verify, wrong } = await holder({ rate: { count: 3, seconds: 60 } })
    for (let n = 0; n < 3; n++) await verify(wrong())
    await clock.advance(20_000)
    await expect(verify(wrong())).rejects.toMatchObject({
      slug: 'too-many-requests',
      headers: { 'Retry-After': '40' },
    })
    const elsewhere = { store, application: newId('app', random) }
    expect(await verify(wrong(), elsewhere)).toEqual({ valid: false, reason: 'wrong' })
    await clock.advance(40_000)
    expect(await verify(wrong())).toEqual({ valid: false, reason: 'wrong' })
  })

  it('takes codes of eight digits and of a minute where the token asks for them', async () => {
    const { clock, verify, code } = await holder({ otp: { digits: 8, period: 60 } })
    const passcode = code()
    await clock.advance(49_000)
    expect(passcode).toHaveLength(8)
    expect(await verify(passcode)).toMatchObject({ valid: true })
  })

  it('says in the audit log what was taken and what was refused, and never a passcode', async () => {
    const { user, token, verify, code, wrong } = await holder()
    const typed = [code(), code(), wrong()]
    for (const passcode of typed) await verify(passcode)
    const entries = await store.read
      .selectFrom('audit')
      .selectAll()
      .where('user_id', '=', user)
      .orderBy('seq')
      .execute()
    expect(entries.map(({ kind, detail }) => [kind, JSON.parse(detail)])).toEqual([
      ['passcode-accepted', { token: token.row.id }],
      ['passcode-refused', { reason: 'replayed' }],
      ['passcode-refused', { reason: 'wrong' }],
    ])
    expect(entries.every((entry) => entry.application_id === application)).toBe(true)
  })
})

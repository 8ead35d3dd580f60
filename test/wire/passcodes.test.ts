// §2: typed passcodes: which are right, and what wrong ones lead to.
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { limits, newHouse, startServer } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'
import { expectInvalid, expectProblem } from '../support/wire-problem.ts'

const STEP = 30_000
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const VERIFY = '/api/v1/passcodes/verify'
const MANY = limits({ verifiesPerUserAndApplication: { count: 1000 }, requestsPerUser: { count: 1000 } })

describe.each(ENGINES)('a typed passcode on %s', (engine) => {
  const house = wireHouse(engine, { env: MANY })
  type Person = { username: string; device: WireDevice }
  /** Somebody who enrolled a minute ago: a passcode of then is used up. */
  async function person(policy = {}): Promise<Person> {
    const made = await house.person(policy)
    await house.clock.advance(2 * STEP)
    return made
  }
  const at = ({ device }: Person, steps: number) => device.passcode(device.token, house.clock.now() + steps * STEP)
  /** No passcode of these steps. */
  function wrong(of: Person): string {
    const right = Array.from({ length: 31 }, (_, n) => at(of, n - 15))
    return ['000000', '111111', '222222', '333333'].find((code) => !right.includes(code)) ?? ''
  }
  const verify = async ({ username }: Person, passcode: string) =>
    (await house.application.verify(username, passcode)).body
  const WRONG = { valid: false, reason: 'wrong' }
  const LOCKED = { valid: false, reason: 'locked' }
  const REPLAYED = { valid: false, reason: 'replayed' }
  async function wrongly(of: Person, times: number): Promise<void> {
    for (let n = 0; n < times; n++) expect(await verify(of, wrong(of))).toEqual(WRONG)
  }

  it('is right once, and names the token', async () => {
    const of = await person()
    expect(await verify(of, at(of, 0))).toEqual({ valid: true, token: of.device.token.id })
    expect(await verify(of, at(of, 0))).toEqual(REPLAYED)
  })

  it('of eight digits or another period is right too', async () => {
    for (const otp of [{ digits: 8, period: 60 } as const, { digits: 8, period: 30 } as const]) {
      const of = await person({ otp })
      await house.clock.advance(MINUTE)
      expect(await verify(of, of.device.passcode())).toMatchObject({ valid: true })
    }
  })

  it('that activated the token is used up', async () => {
    const of = await house.person()
    expect(await verify(of, at(of, 0))).toEqual(REPLAYED)
  })

  it('may be typed with spaces', async () => {
    const of = await person()
    const [a, b] = [at(of, 0).slice(0, 3), at(of, 0).slice(3)]
    expect(await verify(of, ` ${a} ${b} `)).toMatchObject({ valid: true })
  })

  it.each(['', ' ', '12345x', '１２３４５６', '12-34-56', '123\t456', '1234\u202e56'])(
    'is not %j',
    async (passcode) => {
      const of = await person()
      for (let n = 0; n < 11; n++) expectInvalid(await house.application.verify(of.username, passcode), '/passcode')
      expect(await verify(of, at(of, 0))).toMatchObject({ valid: true })
    },
  )

  it('is not what is no text, and nobody’s whom nobody knows', async () => {
    const body = { username: 'nobody-at-all', passcode: 123456 }
    expectInvalid(await house.application.call('POST', VERIFY, { body }), '/passcode')
    expectInvalid(await house.application.call('POST', VERIFY, { body: {} }), '/username', '/passcode')
    expectProblem(await house.application.verify('nobody-at-all', '123456'), '404 unknown-user')
  })

  it.each(['1', '12345', '1234567', '1'.repeat(40)])('of another length is only wrong: %s', async (passcode) => {
    expect(await verify(await person(), passcode)).toEqual(WRONG)
  })

  it('of somebody without a token is wrong', async () => {
    const username = await house.server.user()
    expect((await house.application.verify(username, '123456')).body).toEqual(WRONG)
  })

  it('is right a step early or late, and no further', async () => {
    for (const [steps, valid] of [
      [-2, false],
      [-1, true],
      [0, true],
      [1, true],
      [2, false],
    ] as const) {
      const of = await person()
      await house.clock.advance(2 * STEP)
      expect([steps, (await verify(of, at(of, steps))).valid]).toEqual([steps, valid])
    }
  })

  it('earlier than the last that was taken is replayed, not counted', async () => {
    const of = await person()
    expect(await verify(of, at(of, 1))).toMatchObject({ valid: true })
    await house.clock.advance(STEP)
    for (let n = 0; n < 11; n++) expect(await verify(of, at(of, 0))).toEqual(REPLAYED)
    expect(await verify(of, at(of, 1))).toMatchObject({ valid: true })
  })

  it('teaches the server how far the device’s clock is off, step by step', async () => {
    const of = await person()
    for (const steps of [1, 2, 3, 2, 1, 0, -1]) {
      await house.clock.advance(4 * STEP)
      expect([steps, (await verify(of, at(of, steps))).valid]).toEqual([steps, true])
    }
    await house.clock.advance(4 * STEP)
    expect(await verify(of, at(of, 1))).toEqual(WRONG)
  })

  it('drifts no further than ten steps', async () => {
    const of = await person()
    for (let steps = 1; steps <= 10; steps++) {
      await house.clock.advance(4 * STEP)
      expect(await verify(of, at(of, steps))).toMatchObject({ valid: true })
    }
    await house.clock.advance(4 * STEP)
    expect(await verify(of, at(of, 11))).toMatchObject({ valid: true })
    await house.clock.advance(4 * STEP)
    expect(await verify(of, at(of, 12))).toEqual(WRONG)
  })

  it('may come from any of the user’s devices, each with its own steps', async () => {
    const first = await person()
    const second = { username: first.username, device: await house.server.device(first.username) }
    await house.clock.advance(2 * STEP)
    for (const of of [first, second])
      expect(await verify(of, at(of, 0))).toEqual({ valid: true, token: of.device.token.id })
    await second.device.call('DELETE', `/device/v1/tokens/${second.device.token.id}`)
    await house.clock.advance(2 * STEP)
    expect(await verify(second, at(second, 0))).toEqual(WRONG)
  })

  it('wrong for ten times in a row locks them for a quarter of an hour, then for half an hour, and so on', async () => {
    const of = await person()
    for (const minutes of [15, 30, 60]) {
      await wrongly(of, 10)
      await house.clock.advance(minutes * MINUTE - 1)
      expect(await verify(of, at(of, 0))).toEqual(LOCKED)
      await house.clock.advance(1)
    }
    expect(await verify(of, at(of, 0))).toMatchObject({ valid: true })
  })

  it('is locked before it is replayed or wrong', async () => {
    const of = await person()
    expect(await verify(of, at(of, 0))).toMatchObject({ valid: true })
    await wrongly(of, 10)
    expect(await verify(of, at(of, 0))).toEqual(LOCKED)
    expect(await verify(of, wrong(of))).toEqual(LOCKED)
  })

  it('counts once for the user, however many devices there are', async () => {
    const of = await person()
    await house.server.device(of.username)
    await wrongly(of, 9)
    expect(await verify(of, at(of, 0))).toMatchObject({ valid: true })
    await wrongly(of, 9)
  })

  it('locked is free again after an approved push, which the lock does not touch', async () => {
    const of = await person()
    await wrongly(of, 10)
    await house.approved(await house.ask(of))
    expect(await verify(of, at(of, 0))).toMatchObject({ valid: true })
  })

  it('wrong for a hundred times in a row locks them for good', async () => {
    const of = await person()
    for (let n = 0; n < 10; n++) {
      await wrongly(of, 10)
      await house.clock.jump(DAY)
    }
    await house.clock.jump(365 * DAY)
    expect(await verify(of, at(of, 0))).toEqual(LOCKED)
    await house.approved(await house.ask(of))
    expect(await verify(of, at(of, 0))).toEqual(LOCKED)
  })

  it('is right once, whoever types it at the same time at whichever server', async () => {
    await using shared = await newHouse(engine)
    const clock = house.clock
    const first = await startServer(engine, { house: shared, clock, env: MANY })
    const second = engine === 'postgres' ? await startServer(engine, { house: shared, clock, env: MANY }) : first
    const application = await first.application()
    const ways = [application, first.applicationAt(second, application)]
    const username = await first.user()
    const device = await first.device(username)
    await clock.advance(2 * STEP)
    const passcode = device.passcode()
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => (await (ways[n % 2] ?? application).verify(username, passcode)).body),
    )
    const counted = Map.groupBy(answers, ({ valid, reason }) => (valid ? 'valid' : reason))
    expect(Object.fromEntries([...counted].map(([answer, { length }]) => [answer, length]))).toEqual({
      valid: 1,
      replayed: 19,
    })
    const guesses = await Promise.all(
      Array.from({ length: 10 }, (_, n) => (ways[n % 2] ?? application).verify(username, wrong({ username, device }))),
    )
    expect(guesses.map(({ body }) => body.reason)).toEqual(Array(10).fill('wrong'))
    expect((await application.verify(username, passcode)).body).toEqual(LOCKED)
    await first.close()
    await second.close()
  })
})

describe.each(ENGINES)('typed passcodes on %s', (engine) => {
  const house = wireHouse(engine)

  it('are thirty a minute for a user and an application', async () => {
    const { username, device } = await house.person()
    const other = await house.server.application('Lighthouse')
    for (let n = 0; n < 30; n++)
      expect((await house.application.verify(username, device.passcode())).body.reason).toBe('replayed')
    const refused = await house.application.verify(username, device.passcode())
    expectProblem(refused, '429 too-many-requests')
    expect(refused.headers['retry-after']).toBe('60')
    expect(said(await other.verify(username, device.passcode()))).toBe('200')
    await house.clock.advance(MINUTE)
    expect((await house.application.verify(username, device.passcode())).body).toMatchObject({ valid: true })
  })
})

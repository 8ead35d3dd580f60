// §2: an approval is turned into a sign-in, once.
import { describe, expect, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { newHouse, startServer } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf } from '../support/wire-operator.ts'
import { expectInvalid, expectProblem } from '../support/wire-problem.ts'

const NOWHERE = `req_${'0'.repeat(26)}`

describe.each(ENGINES)('redeeming on %s', (engine) => {
  const house = wireHouse(engine)
  const redeem = (id: string, body: object) =>
    house.application.call('POST', `/api/v1/login-requests/${id}/redeem`, { body })
  const otherThan = (passcode: string) => (passcode === '00000000' ? '11111111' : '00000000')

  it('is refused for the first of its faults', async () => {
    const wrong = { secret: 'wrong', passcode: '00000000' }
    expectProblem(await redeem(NOWHERE, wrong), '404 unknown-request')
    const { created, device, shown } = await house.asked()
    const { id, secret } = created
    expectInvalid(await redeem(id, {}), '/secret', '/passcode')
    expectInvalid(await redeem(id, { secret, passcode: 12345678 }), '/passcode')
    expectInvalid(await redeem(id, { secret: 'a\u0000', passcode: '1' }), '/secret')
    expectProblem(await redeem(id, wrong), '403 wrong-secret')
    expectProblem(await redeem(id, { ...wrong, secret: '' }), '403 wrong-secret')
    expectProblem(await redeem(id, { ...wrong, secret }), '409 not-approved')
    await device.decide(shown, 'approve', created.number)
    expectProblem(await redeem(id, wrong), '403 wrong-secret')
    expectProblem(await redeem(id, { ...wrong, secret }), '403 wrong-passcode', { triesLeft: 2 })
  })

  it('is refused to whom the application is no longer open, as is asking anew', async () => {
    const administrator = await programOf(house.server, 'administrator')
    const group = await administrator.call<{ id: string }>('POST', '/groups', { name: `Staff ${engine}` })
    const application = await house.server.application('Payroll')
    const { username, device } = await house.person()
    const member = `/groups/${group.body.id}/members/${await house.server.idOf(username)}`
    const { version } = (await administrator.call<{ version: number }>('GET', `/applications/${application.id}`)).body
    const open = { groups: [group.body.id] }
    await administrator.call('PATCH', `/applications/${application.id}`, open, { 'if-match': `"${version}"` })
    expectProblem(await application.create(username), '404 unknown-user')
    expectProblem(await application.verify(username, device.passcode()), '404 unknown-user')
    await administrator.call('PUT', member)
    const { id, secret, number } = await application.ask(username)
    await device.decide((await device.request(id)).body, 'approve', number)
    const { passcode = '' } = (await application.read(id, { secret })).body
    await administrator.call('DELETE', member)
    expectProblem(await application.redeem(id, secret, passcode), '404 unknown-user')
    await administrator.call('PUT', member)
    expect(said(await application.redeem(id, secret, passcode))).toBe('200')
  })

  it('is done once', async () => {
    const { created, passcode } = await house.approved()
    expect(said(await house.application.redeem(created.id, created.secret, passcode))).toBe('200')
    for (const again of [passcode, otherThan(passcode)])
      expectProblem(await house.application.redeem(created.id, created.secret, again), '409 already-redeemed')
    await house.clock.advance(120_000)
    expectProblem(await house.application.redeem(created.id, created.secret, passcode), '409 already-redeemed')
    expectProblem(await house.application.redeem(created.id, 'wrong', passcode), '403 wrong-secret')
  })

  it('is done once, whoever comes at the same time to whichever server', async () => {
    await using shared = await newHouse(engine)
    const first = await startServer(engine, { house: shared })
    const second = engine === 'postgres' ? await startServer(engine, { house: shared }) : first
    const application = await first.application()
    const username = await first.user()
    const device = await first.device(username)
    const ways = [application, first.applicationAt(second, application)]
    const { id, secret, number } = await application.ask(username)
    await device.decide((await device.request(id)).body, 'approve', number)
    const { passcode = '' } = (await application.read(id, { secret })).body
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => ways[n % 2]?.redeem(id, secret, passcode) ?? application.cancel(id)),
    )
    const counted = Map.groupBy(answers, said)
    expect([...counted].map(([answer, { length }]) => [answer, length]).toSorted()).toEqual([
      ['200', 1],
      ['409 already-redeemed', 19],
    ])
    await first.close()
    await second.close()
  })

  it('ends with the third wrong passcode', async () => {
    const { created, passcode } = await house.approved()
    for (const triesLeft of [2, 1, 0])
      expectProblem(
        await house.application.redeem(created.id, created.secret, otherThan(passcode)),
        '403 wrong-passcode',
        { triesLeft },
      )
    expectProblem(await house.application.redeem(created.id, created.secret, passcode), '410 expired')
    const { body } = await house.application.read(created.id, { secret: created.secret })
    expect(body).toMatchObject({ state: 'approved', redeemedAt: null, number: null })
    expect(body).not.toHaveProperty('passcode')
  })

  it('is too late when the window has closed, to the millisecond, and nothing secret is kept', async () => {
    const [first, second] = [await house.approved(), await house.approved()]
    await house.clock.advance(59_999)
    expect(said(await house.application.redeem(first.created.id, first.created.secret, first.passcode))).toBe('200')
    await house.clock.advance(1)
    const { id, secret } = second.created
    expectProblem(await house.application.redeem(id, secret, otherThan(second.passcode)), '410 expired')
    expectProblem(await house.application.redeem(id, secret, second.passcode), '410 expired')
    const { body } = await house.application.read(id, { secret })
    expect(body).toMatchObject({ state: 'approved', number: null })
    expect(body).not.toHaveProperty('passcode')
    await house.clock.advance(2000)
    const kept = house.server.store.read.selectFrom('login_requests').select(['number', 'passcode'])
    for (const asked of [first, second])
      await expect
        .poll(() => kept.where('id', '=', asked.created.id as never).executeTakeFirst())
        .toEqual({ number: null, passcode: null })
  })

  it.each(['deny', 'report'] as const)('is not possible after a device said %s', async (verdict) => {
    const { created, device, shown } = await house.asked()
    await device.decide(shown, verdict)
    expectProblem(await redeem(created.id, { secret: created.secret, passcode: '00000000' }), '409 not-approved')
  })

  it('is not possible where nobody answered', async () => {
    const { created } = await house.asked()
    await house.clock.advance(60_000)
    expectProblem(await redeem(created.id, { secret: created.secret, passcode: '00000000' }), '409 not-approved')
  })

  it('is the deciding device’s passcode, and tells how it was unlocked', async () => {
    const { username, device } = await house.person({ unlock: 'webauthn', numberMatching: false })
    const phone = await house.server.device(username, { numberMatching: false })
    const asked = await house.ask({ username, device })
    const { created, passcode } = await house.approved(asked)
    const approvedAt = new Date(house.clock.now()).toISOString()
    const { body } = await house.application.redeem(created.id, created.secret, passcode)
    expect(body).toMatchObject({ amr: ['otp', 'swk', 'user'], device: device.id, token: device.token.id, approvedAt })
    expect(body.numberMatched).toBe(false)
    const other = await house.approved(await house.ask({ username, device: phone }))
    const redeemed = await house.application.redeem(other.created.id, other.created.secret, other.passcode)
    expect(redeemed.body).toMatchObject({ amr: ['otp', 'swk'], device: phone.id, token: phone.token.id })
  })
})

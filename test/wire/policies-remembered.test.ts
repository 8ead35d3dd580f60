// Quiet repeated sign-in: when the password is enough, and what ends that; and new tokens that wait for an operator.
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { PolicyView } from '../../protocol/operator-api/policies.ts'
import type { Policy } from '../../protocol/policy.ts'
import { addApplication } from '../../server/applications/applications.ts'
import { addUser } from '../../server/directory/users.ts'
import { forgetConfirmations } from '../../server/handed-out/end-access.ts'
import { arrival, CALLBACK } from '../support/arrival.ts'
import { Browsing } from '../support/browsing.ts'
import { ENGINES } from '../support/engines.ts'
import { GENEROUS } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'
import { expectProblem } from '../support/wire-problem.ts'

const PASSWORD = 'correct horse battery'
const HOUR = 60 * 60_000
let people = 0

describe.each(ENGINES)('a browser that is remembered on %s', (engine) => {
  const house = wireHouse(engine, { env: GENEROUS })
  let bea: WireProgram
  beforeAll(async () => {
    bea = await programOf(house.server, 'administrator')
  })
  const set = (scope: string, policy: Policy) =>
    bea.call<PolicyView>('PUT', `/policies/${scope}`, { policy }, { 'if-match': '"0"' })
  const client = async (policy: Policy) => {
    const { parts } = house.server.running
    const { id, clientId = '' } = await addApplication(parts, { name: 'Harbour', redirectUris: [CALLBACK] })
    expect(said(await set(id, policy))).toBe('200')
    return { id, clientId }
  }
  const somebody = async () => {
    const username = `carol-${++people}`
    const { id } = await addUser(house.server.running.parts, { username, password: PASSWORD })
    return { id, username, device: await house.server.device(username) }
  }
  /** What the page shows after the right password. */
  const step = async (clientId: string, username: string, browser: Browsing, password = PASSWORD) => {
    const { post } = await arrival(house.server, clientId, browser)
    const { text } = await post('password', { username, password })
    return { step: (JSON.parse(text) as { step?: string }).step, post }
  }
  /** Signed in with password and passcode. */
  const confirmed = async (clientId: string, who: Awaited<ReturnType<typeof somebody>>, browser = new Browsing()) => {
    const first = await step(clientId, who.username, browser)
    expect(first.step).toBe('confirm')
    await house.clock.jump(60_000)
    const { text } = await first.post('passcode', { passcode: who.device.passcode() })
    expect(JSON.parse(text)).toMatchObject({ step: 'signed-in' })
    return browser
  }

  it('needs the password alone for as long as the policy says, and tells that to the application', async () => {
    const { id, clientId } = await client({ quietHours: 8 })
    const who = await somebody()
    const browser = await confirmed(clientId, who)
    await house.clock.jump(8 * HOUR - 1)
    expect((await step(clientId, who.username, browser, 'wrong')).step).toBeUndefined()
    expect((await step(clientId, who.username, browser)).step).toBe('signed-in')
    // That was no confirmation: the hours go on as they were.
    await house.clock.jump(1)
    expect((await step(clientId, who.username, browser)).step).toBe('confirm')
    const entries = await house.server.store.read
      .selectFrom('audit')
      .select('detail')
      .where('kind', '=', 'signed-in')
      .where('application_id', '=', id as never)
      .orderBy('seq')
      .execute()
    expect(JSON.parse(entries.at(-1)?.detail ?? '')).toEqual({
      acr: 'urn:countersign:acr:password',
      amr: ['pwd'],
      because: 'remembered-browser',
    })
  })

  it('is that browser, that person and that application only', async () => {
    const { clientId } = await client({ quietHours: 8 })
    const [who, other] = [await somebody(), await somebody()]
    const browser = await confirmed(clientId, who)
    expect((await step(clientId, who.username, new Browsing())).step).toBe('confirm')
    expect((await step(clientId, other.username, browser)).step).toBe('confirm')
    const elsewhere = await client({ quietHours: 8 })
    expect((await step(elsewhere.clientId, who.username, browser)).step).toBe('confirm')
    // A second person in the same browser does not push out the first.
    await confirmed(clientId, other, browser)
    expect((await step(clientId, who.username, browser)).step).toBe('signed-in')
  })

  it('is given no cookie where no policy asks for it', async () => {
    const { clientId } = await client({})
    const browser = await confirmed(clientId, await somebody())
    expect(browser.cookiesFor(house.server.wire.origin)).not.toContain('__Host-countersign-browser')
  })

  it.each<[string, (who: Awaited<ReturnType<typeof somebody>>) => Promise<unknown>]>([
    ['a report', async (who) => who.device.decide((await house.ask(who)).shown, 'report')],
    ['a denial', async (who) => who.device.decide((await house.ask(who)).shown, 'deny')],
    ['the end of all sessions', (who) => bea.call('POST', `/users/${who.id}/sessions/revoke`, { reason: 'lost bag' })],
    ['push is paused', (who) => bea.call('POST', `/users/${who.id}/push/pause`, { minutes: 15, reason: 'lost bag' })],
    ['a device that is removed', (who) => bea.call('POST', `/devices/${who.device.id}/remove`, { reason: 'lost bag' })],
  ])('is asked again after %s', async (_what, happens) => {
    const { clientId } = await client({ quietHours: 8 })
    const who = await somebody()
    const browser = await confirmed(clientId, who)
    expect((await step(clientId, who.username, browser)).step).toBe('signed-in')
    await happens(who)
    expect((await step(clientId, who.username, browser)).step).toBe('confirm')
  })

  it('is forgotten with its sign-in, however soon what was confirmed is taken back', async () => {
    const { clientId } = await client({ quietHours: 8 })
    const who = await somebody()
    const browser = new Browsing()
    const first = await step(clientId, who.username, browser)
    await house.clock.jump(60_000)
    const { store } = house.server.running.parts
    const write = store.write.bind(store)
    const completed = store.read.selectFrom('sign_ins').where('user_id', '=', who.id).where('outcome', 'is not', null)
    const takingBack = vi.spyOn(store, 'write').mockImplementation(async (work) => {
      const result = await write(work)
      if (!(await completed.selectAll().executeTakeFirst())) return result
      takingBack.mockRestore()
      await write((tx) => forgetConfirmations(tx, who.id))
      return result
    })
    const { text } = await first.post('passcode', { passcode: who.device.passcode() })
    expect(JSON.parse(text)).toMatchObject({ step: 'password' })
    expect((await step(clientId, who.username, browser)).step).toBe('confirm')
  })

  it('is asked again after another password, and after the policy has changed its mind', async () => {
    const { id, clientId } = await client({ quietHours: 8 })
    const who = await somebody()
    const browser = await confirmed(clientId, who)
    await house.server.store.write((tx) =>
      tx
        .updateTable('remembered_browsers')
        .set({ password: 'of another password' })
        .where('user_id', '=', who.id)
        .execute(),
    )
    expect((await step(clientId, who.username, browser)).step).toBe('confirm')
    const later = await confirmed(clientId, who)
    await bea.call('PUT', `/policies/${id}`, { policy: { quietHours: 0 } }, { 'if-match': '"1"' })
    expect((await step(clientId, who.username, later)).step).toBe('confirm')
  })
})

describe.each(ENGINES)('how tokens come to people, on %s', (engine) => {
  const house = wireHouse(engine, { env: { ...GENEROUS, COUNTERSIGN_SMTP: 'smtp://127.0.0.1:1' } })
  let bea: WireProgram
  beforeAll(async () => {
    bea = await programOf(house.server, 'administrator')
    const policy = { activationConfirmed: true, activationByMail: false }
    await bea.call('PUT', '/policies/organisation', { policy }, { 'if-match': '"0"' })
  })

  it('a new one approves only once an operator has resumed it', async () => {
    const { username, device } = await house.person()
    expectProblem(await house.application.create(username), '409 no-token')
    expect(said(await bea.call('POST', `/tokens/${device.token.id}/resume`, { reason: 'came by' }))).toBe('204')
    const { body } = await house.application.create(username)
    const { body: shown } = await device.request(body.id)
    expect((await device.decide(shown, 'approve', body.number)).body).toMatchObject({ state: 'approved' })
  })

  it('no link goes by mail: those made for many are shown, and one is not sent again', async () => {
    const { id } = await addUser(house.server.running.parts, { username: 'dora', email: 'dora@example.org' })
    const batch = { who: 'users', users: [id], delivery: 'mail' }
    const { body } = await bea.call<{ links: { enrolment: string; mailedTo: string | null; code: string | null }[] }>(
      'POST',
      '/enrolment-batches',
      batch,
    )
    expect(body.links).toEqual([expect.objectContaining({ mailedTo: null, code: expect.any(String) })])
    const resent = await bea.call('POST', `/enrolments/${body.links[0]?.enrolment}/resend`, { reason: 'asked again' })
    expectProblem(resent, '403 refused-by-policy', { because: 'mail' })
    const mails = await house.server.store.read.selectFrom('mails').select('template').execute()
    expect(mails.filter(({ template }) => template === 'activation')).toEqual([])
  })

  it('a link alone is not enough where the password is asked for', async () => {
    const { id } = await addUser(house.server.running.parts, { username: 'erin', password: PASSWORD })
    const { body: group } = await bea.call<{ id: string }>('POST', '/groups', { name: 'with a password' })
    await bea.call('PUT', `/groups/${group.id}/members/${id}`)
    const policy = { activationPassword: true, activationConfirmed: false }
    await bea.call('PUT', `/policies/${group.id}`, { policy }, { 'if-match': '"0"' })
    const code = await house.server.code('erin')
    const device = house.server.newDevice()
    const { body: offer } = await device.open(code)
    const activate = (more: object) => device.activate({ ...device.activation(code, offer).sent, ...more })
    for (let n = 0; n < 10; n++) expectProblem(await activate({}), '403 password-required')
    expectProblem(await activate({ password: 'wrong' }), '403 wrong-credentials', { triesLeft: 4 })
    expectProblem(await activate({ password: PASSWORD, passcode: '000000' }), '403 wrong-passcode', { triesLeft: 3 })
    expect(said(await activate({ password: PASSWORD }))).toBe('201')
    const guessed = await house.server.code('erin')
    const { body: second } = await device.open(guessed)
    const thief = house.server.newDevice()
    for (let n = 0; n < 5; n++)
      expectProblem(
        await thief.activate({ ...thief.activation(guessed, second).sent, password: `guess ${n}` }),
        '403 wrong-credentials',
        { triesLeft: 4 - n },
      )
    expect(said(await thief.open(guessed))).toBe('404 unknown-code')
  })
})

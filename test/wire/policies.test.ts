// What an organisation asks of sign-ins: documents that operators write, and what each member does to a sign-in.
import { beforeAll, describe, expect, it } from 'vitest'
import type { ActivationLink } from '../../protocol/operator-api/activation-links.ts'
import type { PolicyExplained, PolicyHistory, PolicyPreview, PolicyView } from '../../protocol/operator-api/policies.ts'
import { type Policy, type PolicyScope, PRESETS } from '../../protocol/policy.ts'
import { sealEntries } from '../../server/audit/chain/seal.ts'
import { ENGINES } from '../support/engines.ts'
import { limits, newHouse, startServer } from '../support/server.ts'
import type { WireCreated } from '../support/wire-application.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'
import { expectProblem } from '../support/wire-problem.ts'

const GROUP = 'grp_00000000000000000000000000'

describe.each(ENGINES)('policies on %s', (engine) => {
  const house = wireHouse(engine, { env: limits({ requestsPerUser: { count: 1000, seconds: 1 } }) })
  let bea: WireProgram
  beforeAll(async () => {
    bea = await programOf(house.server, 'administrator')
  })

  const show = async (scope: string) => (await bea.call<PolicyView>('GET', `/policies/${scope}`)).body
  const set = (scope: string, policy: Policy | object, version?: number) =>
    bea.call<PolicyView>('PUT', `/policies/${scope}`, { policy }, { 'if-match': `"${version}"` })
  /** An application of its own, with a policy of its own: tests do not get into one another's way. */
  const under = async (policy: Policy) => {
    const application = await house.server.application()
    expect(said(await set(application.id, policy, 0))).toBe('200')
    return application
  }
  const idOf = async (username: string) => {
    const { body } = await bea.call<{ users: { id: string }[] }>('GET', `/users?search=${username}`)
    return body.users[0]?.id ?? ''
  }
  const groupOf = async (username: string, policy: Policy) => {
    const { body: group } = await bea.call<{ id: string }>('POST', '/groups', { name: `group of ${username}` })
    await bea.call('PUT', `/groups/${group.id}/members/${await idOf(username)}`)
    expect(said(await set(group.id, policy, 0))).toBe('200')
    return group.id
  }

  describe('as documents', () => {
    it('say nothing until one is written, and are listed with their names', async () => {
      expect(await show('organisation')).toEqual({ scope: 'organisation', name: null, version: 0, policy: {} })
      const { id } = await under({ wrongNumbers: 3 })
      const { body } = await bea.call<{ policies: PolicyView[] }>('GET', '/policies')
      expect(body.policies[0]?.scope).toBe('organisation')
      expect(body.policies).toContainEqual({ scope: id, name: 'Harbour', version: 1, policy: { wrongNumbers: 3 } })
    })

    it('give one person more time wherever they sign in, and say no rule for them alone', async () => {
      const { username } = await house.person()
      const id = await idOf(username)
      expect(await show(id)).toEqual({ scope: id, name: username, version: 0, policy: {} })
      expect((await set(id, { moreTime: 5 }, 0)).body).toMatchObject({ version: 1, policy: { moreTime: 5 } })
      const refused = await set(id, { numberMatching: 'off', moreTime: 2 }, 1)
      expect(refused.body).toMatchObject({ errors: { '/policy/numberMatching': expect.any(String) } })
      const strict = await under({ requestLifetime: 30, moreTime: 2 })
      const seconds = ({ createdAt, expiresAt }: WireCreated) => (Date.parse(expiresAt) - Date.parse(createdAt)) / 1000
      expect(seconds(await strict.ask(username))).toBe(150)
      const other = await house.person()
      expect(seconds(await strict.ask(other.username))).toBe(60)
      const preview = await bea.call<PolicyPreview>('POST', `/policies/${id}/preview`, { policy: { moreTime: 3 } })
      expect(preview.body).toMatchObject({ people: 1, stopped: 0 })
      expect((await bea.call('DELETE', `/users/${id}`)).status).toBe(204)
      expect(said(await bea.call('GET', `/policies/${id}`))).toBe('404 unknown-user')
      const left = await house.server.store.read
        .selectFrom('policy_versions')
        .select('version')
        .where('scope', '=', id as never)
        .execute()
      expect(left).toEqual([])
    })

    it('tell the second of two operators that the first was quicker, and lose nothing', async () => {
      const { id } = await under({ wrongNumbers: 3 })
      const both = await Promise.all([set(id, { wrongNumbers: 4 }, 1), set(id, { wrongNumbers: 5 }, 1)])
      expect(both.map(said).sort()).toEqual(['200', '412 changed-meanwhile'])
      const won = both.find(({ status }) => status === 200)
      expect(won?.headers.etag).toBe('"2"')
      expect(await show(id)).toEqual(won?.body)
      expect(said(await set(id, {}, 1))).toBe('412 changed-meanwhile')
      expect(said(await set(id, {}, 9))).toBe('412 changed-meanwhile')
      expect(said(await bea.call('PUT', `/policies/${id}`, { policy: {} }))).toBe('428 precondition-required')
    })

    it('keep every version, and any of them can be had again', async () => {
      const { id } = await under({ wrongNumbers: 3 })
      await set(id, { wrongNumbers: 4 }, 1)
      const undo = (version: number, body: object = {}) =>
        bea.call<PolicyView>('POST', `/policies/${id}/undo`, body, { 'if-match': `"${version}"` })
      expect((await undo(2)).body).toMatchObject({ version: 3, policy: { wrongNumbers: 3 } })
      expect(said(await undo(2))).toBe('412 changed-meanwhile')
      expect((await undo(3, { to: 2 })).body).toMatchObject({ version: 4, policy: { wrongNumbers: 4 } })
      expect((await undo(4, { to: 0 })).body).toMatchObject({ version: 5, policy: {} })
      expect(said(await undo(5, { to: 17 }))).toBe('404 unknown-version')
      const { body } = await bea.call<PolicyHistory>('GET', `/policies/${id}/history`)
      expect(body.versions.map(({ version, policy }) => [version, policy.wrongNumbers])).toEqual([
        [5, undefined],
        [4, 4],
        [3, 3],
        [2, 4],
        [1, 3],
      ])
      expect(body.versions[0]?.by).toBe('administrator program')
      const entries = await house.server.store.read
        .selectFrom('audit')
        .select('detail')
        .where('kind', '=', 'policy-changed')
        .where('detail', 'like', `%${id}%`)
        .execute()
      expect(entries).toHaveLength(5)
    })

    it('are refused where they say what nobody enforces, or contradict themselves', async () => {
      const { id } = await house.server.application()
      const refused = async (policy: object) => said(await set(id, policy, 0))
      expect(await refused({ numberMatchng: 'on' })).toBe('422 invalid')
      expect(await refused({ requestLifetime: 5 })).toBe('422 invalid')
      expect(await refused({ numberDigits: 4 })).toBe('422 invalid')
      expect(await refused({ approval: 'enhanced', unlock: 'webauthn' })).toBe('422 incompatible-policy')
      expect(await refused({ approval: 'enhanced', numberMatching: 'on' })).toBe('422 incompatible-policy')
      expect(said(await set('everybody', {}, 0))).toBe('422 invalid')
      expect(said(await set(GROUP, {}, 0))).toBe('404 unknown-group')
      expect(await show(id)).toMatchObject({ version: 0 })
    })

    it('for AAL2 ask for six digits and a device that is unlocked, which a link of ten minutes makes', async () => {
      const { username, device } = await house.person()
      await groupOf(username, PRESETS['nist-800-63b-4-aal2'])
      expectProblem(await house.application.create(username), '403 refused-by-policy', { because: 'unlock' })
      const wish = {
        user: await idOf(username),
        reason: 'asked for',
        unlock: 'none',
        numberDigits: 2,
        expiresInMinutes: 600,
      }
      const { body: link } = await bea.call<ActivationLink>('POST', '/enrolments', wish)
      expect(link.raised).toEqual(['unlock'])
      expect(Date.parse(link.expiresAt) - house.clock.now()).toBe(10 * 60_000)
      const strong = await house.server.newDevice().enrol(link.code)
      const { id, number } = await house.application.ask(username)
      expect(number).toMatch(/^\d{6}$/)
      expect(said(await device.request(id))).toBe('404 unknown-request')
      const { body: shown } = await strong.request(id)
      expect(shown.unlock).toBe('webauthn')
      expect(said(await strong.decide(shown, 'approve', number))).toBe('200')
    })

    it('of an application are refused where they say what holds for a person wherever they sign in', async () => {
      const { id } = await house.server.application()
      const vain = {
        devices: 1,
        activationLife: 10,
        activationByMail: false,
        activationPassword: true,
        activationConfirmed: true,
        temporaryPasscodeHours: 0,
      }
      const named = Object.keys(vain).map((member) => `/policy/${member}`)
      const refused = [
        await set(id, { ...vain, numberDigits: 6 }, 0),
        await bea.call('POST', `/policies/${id}/preview`, { policy: { ...vain, numberDigits: 6 } }),
      ]
      for (const answer of refused) {
        expect(said(answer)).toBe('422 invalid')
        expect(Object.keys((answer.body as unknown as { errors: object }).errors)).toEqual(named)
      }
      await groupOf((await house.person()).username, vain)
    })

    it('of an application that were stored before say what held, and are written anew and taken back without the rest', async () => {
      const { id } = await house.server.application()
      const row = { scope: id as PolicyScope, created_at: house.clock.now(), actor_id: null, actor_name: 'bea' }
      const document = JSON.stringify({ numberDigits: 6, devices: 1, activationByMail: false })
      await house.server.store.write((tx) =>
        tx
          .insertInto('policy_versions')
          .values({ ...row, version: 1, document })
          .execute(),
      )
      const policy = { numberDigits: 6 }
      expect(await show(id)).toMatchObject({ version: 1, policy })
      const { body } = await bea.call<{ policies: PolicyView[] }>('GET', '/policies')
      expect(body.policies.find(({ scope }) => scope === id)?.policy).toEqual(policy)
      expect(said(await set(id, { numberDigits: 3 }, 1))).toBe('200')
      const undone = await bea.call<PolicyView>('POST', `/policies/${id}/undo`, {}, { 'if-match': '"2"' })
      expect(undone.body).toMatchObject({ version: 3, policy })
      const { body: history } = await bea.call<PolicyHistory>('GET', `/policies/${id}/history`)
      expect(history.versions.map((one) => one.policy)).toEqual([policy, { numberDigits: 3 }, policy])
    })

    it('tell before they are stored whom they would stop', async () => {
      const weak = await house.person()
      const { id } = await house.server.application()
      const preview = async (scope: string, policy: Policy) =>
        (await bea.call<PolicyPreview>('POST', `/policies/${scope}/preview`, { policy })).body
      const before = await preview(id, { numberDigits: 6 })
      expect([before.stopped, before.who]).toEqual([0, []])
      const after = await preview(id, { unlock: 'webauthn' })
      expect(after.people).toBe(before.people)
      expect(after.who.map(({ username }) => username)).toContain(weak.username)
      const group = await groupOf(weak.username, {})
      expect(await preview(group, { unlock: 'webauthn' })).toMatchObject({ people: 1, stopped: 1, more: false })
      expect(after.foreseen).toEqual([])
      expect(await show(id)).toMatchObject({ version: 0 })
      // Where few may sign in there, it is about those, each once.
      const { body: second } = await bea.call<{ id: string }>('POST', '/groups', { name: `others of ${weak.username}` })
      await bea.call('PUT', `/groups/${second.id}/members/${await idOf(weak.username)}`)
      const closed = { groups: [group, second.id] }
      const { body } = await bea.call<{ version: number }>('GET', `/applications/${id}`)
      const ifMatch = { 'if-match': `"${body.version}"` }
      expect(said(await bea.call('PATCH', `/applications/${id}`, closed, ifMatch))).toBe('200')
      await house.person()
      expect(await preview(id, { unlock: 'webauthn' })).toMatchObject({ people: 1, stopped: 1, more: false })
    })
  })

  it('foresee, each with a number, what else they would do to the people they speak of', async () => {
    const person = await house.person({ approval: 'enhanced', numberMatching: false })
    await house.server.device(person.username)
    const group = await groupOf(person.username, {})
    const ip = '198.51.100.7'
    await house.application.cancel((await house.application.ask(person.username, { context: { ip } })).id)
    await house.clock.advance(60_000)
    expect((await house.application.verify(person.username, person.device.passcode())).body).toMatchObject({
      valid: true,
    })
    const { parts } = house.server.running
    const unsealed = parts.store.read.selectFrom('audit').select('seq').where('position', 'is', null)
    while (await unsealed.executeTakeFirst()) await sealEntries(parts)
    const foreseen = async (policy: Policy, scope = group) =>
      (await bea.call<PolicyPreview>('POST', `/policies/${scope}/preview`, { policy })).body.foreseen
    const one = { people: 1, more: false, signIns: null, of: null }
    expect(await foreseen({ approval: 'standard' })).toEqual([{ ...one, what: 'approval' }])
    expect(await foreseen({ numberMatching: 'on' })).toEqual([{ ...one, what: 'approval' }])
    expect(await foreseen({ devices: 1, typedPasscodes: false })).toEqual([
      { ...one, what: 'devices' },
      { ...one, what: 'passcodes' },
    ])
    expect(await foreseen({ devices: 2 })).toEqual([])
    expect(await foreseen({ refusedNetworks: ['198.51.100.0/24'] })).toEqual([
      { ...one, what: 'network', signIns: 1, of: 1 },
    ])
    expect(await foreseen({ refusedNetworks: ['203.0.113.0/24'] })).toEqual([])
    const never = {
      zone: 'UTC',
      days: [((new Date(house.clock.now()).getUTCDay() + 2) % 7) + 1],
      from: '09:00',
      until: '09:01',
    }
    expect(await foreseen({ workingHours: [never] })).toEqual([{ ...one, what: 'hours', signIns: 1, of: 1 }])
    // Of somebody else's group, and where it holds already, nothing.
    const other = await groupOf((await house.person()).username, { devices: 1 })
    expect(await foreseen({ approval: 'standard', devices: 1, refusedNetworks: ['198.51.100.0/24'] }, other)).toEqual(
      [],
    )
  })

  describe('what holds for a person', () => {
    it('comes from the heaviest that speaks, member by member, and says why', async () => {
      const { username } = await house.person()
      const application = await under({ numberDigits: 3 })
      const group = await groupOf(username, { numberDigits: 6, requestLifetime: 90, pushPause: 60 })
      const explain = async (more = '') => {
        const answer = await bea.call<PolicyExplained>('GET', `/users/${await idOf(username)}/policy${more}`)
        return (member: string) => answer.body.members.find((known) => known.member === member)
      }
      const there = await explain(`?application=${application.id}`)
      expect(there('numberDigits')).toMatchObject({ value: 3, from: [{ scope: application.id, name: 'Harbour' }] })
      expect(there('requestLifetime')).toMatchObject({ value: 90, from: [{ scope: group }] })
      expect(there('devices')).toMatchObject({ value: 10, from: [] })
      // A pause after a report is as every other, where nothing is said of it.
      expect(there('reportPause')).toMatchObject({ value: 60, from: [] })
      expect(there('unlock')).toMatchObject({ value: null, from: [] })
      expect((await explain())('numberDigits')).toMatchObject({ value: 6, from: [{ scope: group }] })
    })
  })

  describe('in a sign-in', () => {
    it('ask for a number of as many digits, whatever the token says', async () => {
      const plain = await house.person({ numberMatching: false, approval: 'enhanced' })
      const created = await (await under({ numberMatching: 'on', numberDigits: 6 })).ask(plain.username)
      expect(created.number).toMatch(/^\d{6}$/)
      const { body: shown } = await plain.device.request(created.id)
      expect([shown.number, shown.approval]).toEqual([{ digits: 6 }, 'standard'])
      expect((await plain.device.decide(shown, 'approve', created.number)).body).toMatchObject({ state: 'approved' })
    })

    it('ask for none where they say so, but for a caller on the telephone', async () => {
      const person = await house.person()
      const application = await under({ numberMatching: 'off' })
      expect((await application.ask(person.username)).number).toBeNull()
      expect((await application.ask(person.username, { purpose: 'verify-caller' })).number).toMatch(/^\d\d$/)
    })

    it('let nobody approve by one press where approval is standard', async () => {
      const person = await house.person({ numberMatching: false, approval: 'enhanced' })
      const created = await (await under({ approval: 'standard' })).ask(person.username)
      expect((await person.device.request(created.id)).body.approval).toBe('standard')
      const free = await house.application.ask(person.username)
      expect((await person.device.request(free.id)).body.approval).toBe('enhanced')
    })

    it('ask only tokens that are unlocked, and refuse who has none', async () => {
      const application = await under({ unlock: 'webauthn' })
      const weak = await house.person()
      expectProblem(await application.create(weak.username), '403 refused-by-policy', { because: 'unlock' })
      const strong = await house.server.device(weak.username, { unlock: 'webauthn' })
      const created = await application.ask(weak.username)
      expect((await strong.request(created.id)).body.unlock).toBe('webauthn')
      expect(said(await weak.device.request(created.id))).toBe('404 unknown-request')
    })

    it('give as long to answer as they say, and people who need it more', async () => {
      const application = await under({ requestLifetime: 120 })
      const person = await house.person()
      const seconds = async () => {
        const { createdAt, expiresAt } = await application.ask(person.username)
        return (Date.parse(expiresAt) - Date.parse(createdAt)) / 1000
      }
      expect(await seconds()).toBe(120)
      await groupOf(person.username, { moreTime: 3 })
      expect(await seconds()).toBe(360)
      await house.clock.jump(359_000)
      const pending = await person.device.requests()
      expect(pending).toHaveLength(1)
      await house.clock.jump(1000)
      expect(await person.device.requests()).toEqual([])
    })

    it('count what nobody answered, however long it lived', async () => {
      const application = await under({ requestLifetime: 600, unansweredInARow: 2, pushPause: 30 })
      const person = await house.person()
      await application.ask(person.username)
      await house.clock.jump(601_000)
      await application.ask(person.username)
      await house.clock.jump(601_000)
      const until = new Date(house.clock.now() + 30 * 60_000).toISOString()
      expectProblem(await application.create(person.username), '423 push-paused', { until })
    })

    it('limit how many may wait, how often, and how many numbers may be wrong', async () => {
      const application = await under({ pendingRequests: 1, wrongNumbers: 1 })
      const person = await house.person()
      const created = await application.ask(person.username)
      expect(said(await application.create(person.username))).toBe('429 too-many-requests')
      const { body: shown } = await person.device.request(created.id)
      const wrong = await person.device.decide(shown, 'approve', created.number === '11' ? '12' : '11')
      expectProblem(wrong, '403 wrong-passcode', { triesLeft: 0 })
      expect((await application.read(created.id)).body).toMatchObject({ state: 'denied', reason: 'wrong_number' })
      const often = await under({ requestsPerMinute: 2, pendingRequests: 20 })
      const other = await house.person()
      await often.ask(other.username)
      await often.ask(other.username)
      expectProblem(await often.create(other.username), '429 too-many-requests')
    })

    it('pause push after a report for as long as they say', async () => {
      const application = await under({ reportPause: 120, pushPause: 5 })
      const person = await house.person()
      const created = await application.ask(person.username)
      const { body: shown } = await person.device.request(created.id)
      await person.device.decide(shown, 'report')
      const until = new Date(house.clock.now() + 120 * 60_000).toISOString()
      expectProblem(await application.create(person.username), '423 push-paused', { until })
    })

    it('refuse typed passcodes where those are not allowed', async () => {
      const application = await under({ typedPasscodes: false })
      const person = await house.person()
      await house.clock.jump(30_000)
      const passcode = person.device.passcode()
      const because = 'typed-passcodes'
      expectProblem(await application.verify(person.username, passcode), '403 refused-by-policy', { because })
      expect((await house.application.verify(person.username, passcode)).body).toMatchObject({ valid: true })
    })

    it('lock typed passcodes after as many wrong ones as they say', async () => {
      const application = await under({ wrongPasscodes: 3 })
      const person = await house.person()
      for (let n = 0; n < 3; n++) await application.verify(person.username, '00000000')
      expect((await application.verify(person.username, '00000000')).body).toMatchObject({ reason: 'locked' })
    })

    it('forget what they asked as soon as that is taken back', async () => {
      const application = await under({ typedPasscodes: false })
      const person = await house.person()
      expect((await application.verify(person.username, '00000000')).status).toBe(403)
      await set(application.id, {}, 1)
      expect((await application.verify(person.username, '00000000')).status).toBe(200)
    })
  })

  describe('in an enrolment', () => {
    it('say what a token asks, how long its link is good, and how many devices there may be', async () => {
      const username = await house.server.user()
      await groupOf(username, { unlock: 'webauthn', numberDigits: 6, devices: 1, activationLife: 10 })
      const user = await idOf(username)
      const { body } = await bea.call<{ code: string; expiresAt: string }>('POST', '/enrolments', {
        user,
        reason: 'new here',
      })
      expect(Date.parse(body.expiresAt) - house.clock.now()).toBe(600_000)
      const first = house.server.newDevice()
      const { body: opened } = await first.open(body.code)
      expect(opened.token).toMatchObject({ unlock: 'webauthn', numberDigits: 6, approval: 'standard' })
      await first.enrol(body.code)
      const second = await house.server.code(username, { unlock: 'none' })
      const other = house.server.newDevice()
      const { body: offer } = await other.open(second)
      const refused = await other.activate(other.activation(second, offer).sent)
      expectProblem(refused, '409 too-many-devices')
    })
  })
})

describe.each(ENGINES)('a policy on %s', (engine) => {
  it('that is written at one process holds at another', async () => {
    await using shared = await newHouse(engine)
    await using first = await startServer(engine, { house: shared })
    // On SQLite there is one: what it keeps in memory is the same question.
    const second = engine === 'postgres' ? await startServer(engine, { house: shared }) : first
    await using _second = second
    const application = await first.application()
    const elsewhere = first.applicationAt(second, application)
    const username = await first.user()
    expect(said(await elsewhere.verify(username, '000000'))).toBe('200')
    const bea = await programOf(first, 'administrator')
    const policy = { typedPasscodes: false }
    await bea.call('PUT', `/policies/${application.id}`, { policy }, { 'if-match': '"0"' })
    await expect.poll(async () => said(await elsewhere.verify(username, '000000'))).toBe('403 refused-by-policy')
  })
})

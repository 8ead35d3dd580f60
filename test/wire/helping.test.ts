// Whatever a help desk may do about a person is an attacker's favourite: each act needs a reason, is limited, is told to
// the person and stands in the audit log. Whoever adds such an act is tested here without adding a test.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UserId } from '../../protocol/ids.ts'
import { type ActName, mayAct } from '../../protocol/permissions.ts'
import { ACTS } from '../../server/admin/acts.ts'
import { HELP_RATE } from '../../server/admin/helping.ts'
import { addUser } from '../../server/directory/users.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { type MailServer, mailServer } from '../support/mail-server.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { operatorOf, programOf, type WireProgram } from '../support/wire-operator.ts'
import { expectInvalid } from '../support/wire-problem.ts'

/** Nobody's account: the inboxes of reports and signs, and a look into another directory. */
const ELSEWHERE = ['/reports/', '/signs/', '/directory/']
/** What whoever only looks on may not. */
const HELP = ACTS.filter(
  ({ name, access, http: [method, path] }) =>
    access === 'role' &&
    method !== 'GET' &&
    mayAct('help-desk', name as ActName) &&
    !mayAct('auditor', name as ActName) &&
    !ELSEWHERE.some((place) => path.startsWith(place)),
)
const REASON = { reason: 'They called' }
const NOBODY = '/users/usr_00000000000000000000000000/passcodes/unlock'
/** What acts want besides. */
const ALSO = { minutes: 5 }

let people = 0

describe.each(ENGINES)('what a help desk does about somebody on %s', (engine) => {
  let mails: MailServer
  let server: TestServer
  const clock = new ManualClock()
  let owner: WireProgram
  let tired: WireProgram
  beforeAll(async () => {
    mails = await mailServer()
    server = await startServer(engine, { clock, env: { COUNTERSIGN_SMTP: mails.url } })
    owner = await programOf(server, 'owner')
    tired = await programOf(server, 'help-desk')
    for (let n = 0; n < HELP_RATE.count; n++) await tired.call('POST', NOBODY, REASON)
  })
  afterAll(async () => {
    await server.close()
    await mails.close()
  })

  /** Somebody who has everything that can be taken, given and lifted, by what the paths of acts begin with. */
  async function somebody() {
    const username = `caller-${++people}`
    const { id } = await addUser(server.running.parts, { username, email: `${username}@example.org` })
    const device = await server.device(username)
    const made = await owner.call<{ enrolment: string }>('POST', '/enrolments', { user: id, ...REASON })
    const given = await owner.call<{ id: string }>('POST', `/users/${id}/temporary-passcodes`, REASON)
    const ids: Record<string, string> = {
      users: id,
      tokens: device.token.id,
      devices: device.id,
      enrolments: made.body.enrolment,
      'temporary-passcodes': given.body.id,
    }
    const pathOf = (path: string) =>
      path.replace(':id', ids[path.split('/')[1] ?? ''] ?? '').replace(':device', device.id)
    return { id, device, pathOf }
  }

  const written = async (user: UserId) => {
    const rows = await server.store.read.selectFrom('audit').select('detail').where('user_id', '=', user).execute()
    return rows.map(({ detail }) => JSON.parse(detail) as { act?: string; reason?: string; by?: { role: string } })
  }
  const countOf = async (table: 'notices' | 'login_requests' | 'mails', user: UserId) => {
    const rows = await server.store.read.selectFrom(table).select('id').where('user_id', '=', user).execute()
    return rows.length
  }
  /** A request tells it on the device by asking; what it tells nobody else by mail. */
  const told = async (user: UserId) => ({
    asked: await countOf('login_requests', user),
    notices: await countOf('notices', user),
    mails: await countOf('mails', user),
  })

  it('is more than a few acts', () => {
    expect(HELP.length).toBeGreaterThan(14)
  })

  it('is bounded for whoever sits down at anybody’s unlocked screen; with the passkey it goes on', async () => {
    const ada = await operatorOf(server, 'administrator')
    const does = async (by: WireProgram | typeof ada) => said(await by.call('POST', NOBODY, REASON))
    await clock.jump(5 * 60_000)
    for (let n = 0; n < HELP_RATE.count; n++) expect(await does(ada)).toBe('404 unknown-user')
    expect(await does(ada)).toBe('403 fresh-passkey-required')
    const more = [
      ['POST', '/addresses', { address: '198.51.100.7', minutes: 5, ...REASON }],
      ['DELETE', `/api-tokens/apt_${'0'.repeat(26)}`],
      ['POST', '/groups', { name: 'One more' }],
      ['POST', '/mails/test', { to: 'anybody@example.org' }],
      ['DELETE', '/sign-in-notice'],
    ] as const
    for (const [method, path, body] of more)
      expect([path, said(await ada.call(method, path, body))]).toEqual([path, '403 fresh-passkey-required'])
    // Not somebody else's, nor a program's.
    expect(await does(owner)).toBe('404 unknown-user')
    expect(said(await ada.confirm())).toBe('200')
    for (let n = 0; n < 3; n++) expect(await does(ada)).toBe('404 unknown-user')
    await clock.jump(5 * 60_000)
    expect(await does(ada)).toBe('403 fresh-passkey-required')
  })

  it.each(HELP)('$name', async ({ name, http: [method, path] }) => {
    const desk = await programOf(server, 'help-desk')
    const { id, pathOf } = await somebody()
    if (name === 'tokens.resume') await owner.call('POST', pathOf('/tokens/:id/suspend'), REASON)
    const does = (by: WireProgram, reason: object) => by.call(method, pathOf(path), { user: id, ...ALSO, ...reason })
    expectInvalid(await does(desk, {}), '/reason')
    expectInvalid(await does(desk, { reason: '' }), '/reason')
    expect(said(await does(tired, REASON))).toBe('429 too-many-requests')
    const before = await told(id)
    expect(said(await does(desk, REASON))).toMatch(/^2\d\d$/)
    const after = await told(id)
    if (after.asked === before.asked) {
      expect(after.notices).toBeGreaterThan(before.notices)
      expect(after.mails).toBeGreaterThan(before.mails)
    }
    const mine = (await written(id)).filter(({ act, by }) => act === name && by?.role === 'help-desk')
    expect(mine.map(({ reason }) => reason)).toContain(REASON.reason)
  })
})

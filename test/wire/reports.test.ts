// 'It wasn’t me!' as those have it who act on it.
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { ApplicationId, RequestId, UserId } from '../../protocol/ids.ts'
import type { BlockedAddresses, ReportList, ReportShown } from '../../protocol/operator-api/reports.ts'
import { sealEntries } from '../../server/audit/chain/seal.ts'
import { record, recordAll } from '../../server/audit/record.ts'
import { findUser } from '../../server/directory/rows.ts'
import { verifyTyped } from '../../server/passcodes/verify.ts'
import { digest } from '../../server/store/digest.ts'
import { blockAddress } from '../../server/watching/blocks.ts'
import { ENGINES } from '../support/engines.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { operatorOf, programOf, type WireOperator, type WireProgram } from '../support/wire-operator.ts'
import { expectInvalid } from '../support/wire-problem.ts'

const MINUTE = 60_000
const IP = '203.0.113.66'
const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const
const WHY = { reason: 'a report in the night' }

describe.each(ENGINES)('a report on %s', (engine) => {
  const house = wireHouse(engine)
  let bea: WireOperator
  let cal: WireProgram
  beforeAll(async () => {
    bea = await operatorOf(house.server, 'help-desk', 'Bea')
    cal = await programOf(house.server, 'administrator')
  })
  /** One that was just made. */
  async function reported(context = { ip: IP }) {
    await house.clock.advance(MINUTE)
    await bea.signIn()
    const asked = await house.asked({}, { context })
    await asked.device.decide(asked.shown, 'report')
    const { body } = await bea.call<ReportList>('GET', '/reports')
    const [report] = body.reports
    if (!report) throw new Error('no report is there')
    return { ...asked, report, show: async () => (await bea.call<ReportShown>('GET', `/reports/${report.id}`)).body }
  }

  it('is in the inbox with who, where from, what else from there, and what can be done', async () => {
    const stranger = await house.asked({}, { context: { ip: IP } })
    const { report, created, username, device, show } = await reported()
    expect(report).toMatchObject({ state: 'open', user: { username }, redeemed: false, mistake: false, takenBy: null })
    const shown = await show()
    expect(shown.request).toMatchObject({ id: created.id, ip: IP, reason: 'not_me' })
    expect(shown.ofPerson.map(({ id }) => id)).toEqual([created.id])
    expect(shown.fromAddress.map(({ id }) => id)).toEqual([created.id, stranger.created.id])
    expect(shown.devices.map(({ id }) => id)).toEqual([device.id])
    expect(shown.pushPausedUntil).not.toBeNull()
    expect(said(await bea.call('GET', `/reports/rep_${'0'.repeat(26)}`))).toBe('404 unknown-report')
  })

  it('tells whose passwords were tried from there, and who got in without a device', async () => {
    const { store, running } = house.server
    const ip = '203.0.113.77'
    const victims = [await house.person(), await house.person()]
    const ids = await Promise.all(
      victims.map(async ({ username }) => {
        const { body } = await cal.call<{ users: { id: string }[] }>('GET', `/users?search=${username}`)
        return body.users[0]?.id as UserId
      }),
    )
    const at = house.clock.now()
    const about = { at, application: house.application.id as ApplicationId }
    await store.write(async (tx) => {
      await record(tx, {
        ...about,
        kind: 'sign-in-failed',
        user: ids[0] ?? null,
        detail: { address: ip, client: 'curl' },
      })
      await record(tx, { ...about, at: at + 1, kind: 'sign-in-failed', detail: { address: ip } })
      await record(tx, { ...about, at: at + 2, kind: 'passcode-accepted', user: ids[1] ?? null, detail: { ip } })
      await record(tx, {
        ...about,
        at: at + 3,
        kind: 'sign-in-failed',
        user: ids[1] ?? null,
        detail: { address: `${ip}8` },
      })
    })
    const unsealed = store.read.selectFrom('audit').select('seq').where('position', 'is', null)
    while (await unsealed.executeTakeFirst()) await sealEntries(running.parts)
    const { show } = await reported({ ip })
    const shown = await show()
    expect(
      shown.triesFromAddress.map(({ what, user, application }) => [what, user?.username ?? null, application]),
    ).toEqual([
      ['passcode', victims[1]?.username, 'Harbour'],
      ['failed', null, 'Harbour'],
      ['failed', victims[0]?.username, 'Harbour'],
    ])
    expect(shown.fromAddressSince).toBeNull()
    // Where much happened since, it is said how far back was looked.
    const flood = Array.from({ length: 2000 }, (_, n) => ({
      ...about,
      at: at + 5 + n,
      kind: 'sign-in-failed' as const,
      detail: { n },
    }))
    await store.write(async (tx) => {
      for (let from = 0; from < flood.length; from += 200) await recordAll(tx, flood.slice(from, from + 200))
    })
    while (await unsealed.executeTakeFirst()) await sealEntries(running.parts)
    const later = await show()
    expect(later.triesFromAddress.map(({ what }) => what)).toEqual(['passcode'])
    expect(later.fromAddressSince).toBe(new Date(at + 5).toISOString())
  })

  it('from an IPv6 address looks at what came from its network, as that is what is blocked', async () => {
    const { store, running } = house.server
    const [near, far] = ['2001:db8:0:7:8000::9', '2001:db8:0:8::1']
    for (const ip of [near, far]) await house.asked({}, { context: { ip } })
    const tried = (address: string) => ({
      at: house.clock.now(),
      application: house.application.id as ApplicationId,
      kind: 'sign-in-failed' as const,
      detail: { address },
    })
    await store.write((tx) => recordAll(tx, [near, far].map(tried)))
    const unsealed = store.read.selectFrom('audit').select('seq').where('position', 'is', null)
    while (await unsealed.executeTakeFirst()) await sealEntries(running.parts)
    const { show, created } = await reported({ ip: '2001:db8:0:7::1' })
    const shown = await show()
    expect(shown.from?.network).toBe('2001:db8:0:7::/64')
    expect(shown.fromAddress.map(({ id, ip }) => [id === created.id, ip])).toEqual([
      [true, '2001:db8:0:7::1'],
      [false, near],
    ])
    expect(shown.triesFromAddress).toHaveLength(1)
  })

  it('however many are open, each is on one of the pages', async () => {
    const { store } = house.server
    const { report } = await reported()
    const row = await store.read.selectFrom('reports').selectAll().where('id', '=', report.id).executeTakeFirstOrThrow()
    const rows = Array.from({ length: 230 }, (_, n) => ({
      ...row,
      id: `rep_${String(n).padStart(26, '0')}`,
      at: row.at - 1000 - (n - (n % 4)),
      state: 'open' as const,
    }))
    await store.write((tx) => tx.insertInto('reports').values(rows).execute())
    const seen: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const page: ReportList = (await bea.call<ReportList>('GET', `/reports${next && `?cursor=${next}`}`)).body
      seen.push(...page.reports.map(({ id }) => id))
      next = page.next
    }
    const { open } = (await bea.call<ReportList>('GET', '/reports')).body
    expect([seen.length, new Set(seen).size]).toEqual([open, open])
    expect(said(await bea.call('GET', '/reports?cursor=nonsense'))).toBe('422 invalid')
    const ids = rows.map(({ id }) => id)
    await store.write((tx) => tx.deleteFrom('reports').where('id', 'in', ids).execute())
  })

  it('is taken, noted and closed once; whoever comes second is told, and no note is lost', async () => {
    const { report, show } = await reported()
    const seen = { 'if-match': `"${report.version}"` }
    const taken = await bea.call('POST', `/reports/${report.id}/take`, {}, seen)
    expect(taken.body).toMatchObject({ takenBy: 'Bea', takenAt: expect.stringMatching(/Z$/) })
    expect(said(await cal.call('POST', `/reports/${report.id}/take`, {}, seen))).toBe('412 changed-meanwhile')
    expect(said(await cal.call('POST', `/reports/${report.id}/close`, {}))).toBe('428 precondition-required')
    const notes = ['called her', 'she was asleep', 'password was in a leak']
    await Promise.all(notes.map((text) => bea.call('POST', `/reports/${report.id}/notes`, { text })))
    const { version, notes: kept } = await show()
    expect(kept.map(({ text }) => text).sort()).toEqual(notes.sort())
    const closed = await bea.call(
      'POST',
      `/reports/${report.id}/close`,
      { note: 'done' },
      { 'if-match': `"${version}"` },
    )
    expect(closed.body).toMatchObject({ state: 'closed', closedBy: 'Bea' })
    const { body } = await bea.call<ReportList>('GET', '/reports')
    expect(body.reports.map(({ id }) => id)).not.toContain(report.id)
    expect((await bea.call<ReportList>('GET', '/reports?state=closed')).body.reports[0]?.id).toBe(report.id)
  })

  it('is answered by a pause of push that ends by itself, or before', async () => {
    const { report, username } = await reported()
    const path = `/users/${report.user.id}/push`
    expect(said(await bea.call('POST', `${path}/pause`, { minutes: 60 }))).toBe('422 invalid')
    const { body } = await bea.call('POST', `${path}/pause`, { minutes: 60, ...WHY })
    expect(body.pushPausedUntil).toBe(new Date(house.clock.now() + 60 * MINUTE).toISOString())
    expect(said(await house.application.create(username))).toBe('423 push-paused')
    expect(said(await bea.call('POST', `${path}/resume`, WHY))).toBe('200')
    expect(said(await house.application.create(username))).toBe('201')
    await bea.call('POST', `${path}/pause`, { minutes: 60, ...WHY })
    // Nobody shortens one by another.
    const shorter = await bea.call('POST', `${path}/pause`, { minutes: 5, ...WHY })
    expect(shorter.body.pushPausedUntil).toBe(new Date(house.clock.now() + 60 * MINUTE).toISOString())
    await house.clock.jump(61 * MINUTE)
    expect(said(await house.application.create(username))).toBe('201')
  })

  it('is answered by the end of sessions and of the password, each by itself and each with a reason', async () => {
    const { report } = await reported()
    const { id } = report.user
    const put = { kind: 'Session', id: `s-${id}`, payload: 'x', grant_id: null, uid: null, user_code: null }
    await house.server.store.write((tx) =>
      tx
        .insertInto('oidc_artifacts')
        .values({ ...put, consumed_at: null, expires_at: null, account_id: digest(id) })
        .execute(),
    )
    expect((await bea.call('POST', `/users/${id}/sessions/revoke`, WHY)).body).toEqual({ sessions: 1 })
    expect(said(await bea.call('POST', `/users/${id}/password/clear`, WHY))).toBe('204')
    const entries = await house.server.store.read
      .selectFrom('audit')
      .select(['kind', 'detail'])
      .where('user_id', '=', id)
      .where('kind', 'in', ['sessions-revoked', 'password-cleared'])
      .execute()
    expect(entries.map(({ kind }) => kind).sort()).toEqual(['password-cleared', 'sessions-revoked'])
    for (const { detail } of entries) expect(detail).toContain(WHY.reason)
  })

  it('is answered by a block of the address, in whatever spelling, until it ends', async () => {
    const { username, show } = await reported()
    const ask = async (ip: string) => said(await house.application.create(username, { context: { ip } }))
    const blocked = await cal.call('POST', '/addresses', { address: IP, minutes: 30, ...WHY })
    expect(said(blocked)).toBe('201')
    expect(await ask(IP)).toBe('403 address-blocked')
    expect(await ask(`::ffff:${IP}`)).toBe('403 address-blocked')
    expect(await ask('203.0.113.67')).not.toBe('403 address-blocked')
    expect((await show()).addressBlocked).toEqual({ address: IP, until: blocked.body.until })
    expect((await cal.call<BlockedAddresses>('GET', '/addresses')).body.addresses[0]).toMatchObject({ address: IP })
    await house.clock.jump(31 * MINUTE)
    expect(await ask(IP)).not.toBe('403 address-blocked')
    await cal.call('POST', '/addresses', { address: '2001:db8:1::/48', minutes: 30, ...WHY })
    expect(await ask('2001:db8:1:2::3')).toBe('403 address-blocked')
    expect(said(await cal.call('POST', '/addresses/unblock', { address: '2001:DB8:1::/48', ...WHY }))).toBe('204')
    expect(await ask('2001:db8:1:2::3')).not.toBe('403 address-blocked')
    for (const address of ['0.0.0.0/0', '::/0', 'nowhere', '10.0.0.1/99', 'fe80::1%eth0'])
      expect(said(await cal.call('POST', '/addresses', { address, minutes: 1, ...WHY }))).toBe('422 invalid')
  })

  it('takes what is being asked from a blocked address off the devices, and leaves the rest', async () => {
    const ask = (ip?: string) => house.asked({}, ip === undefined ? {} : { context: { ip } })
    const [there, inItsNetwork] = [await ask('::ffff:198.51.100.70'), await ask('198.51.100.71')]
    const others = [await ask('198.51.100.200'), await ask()]
    const block = { address: '198.51.100.64/27', minutes: 30, ...WHY }
    expect(said(await cal.call('POST', '/addresses', block))).toBe('201')
    for (const { created, device } of [there, inItsNetwork]) {
      expect((await house.application.read(created.id)).body).toMatchObject({ state: 'cancelled' })
      expect(await device.requests()).toEqual([])
    }
    for (const { created } of others)
      expect((await house.application.read(created.id)).body).toMatchObject({ state: 'pending' })
    const entry = await cancelled(there.created.id)
    expect(entry).toMatchObject({
      blocked: block.address,
      act: 'addresses.block',
      by: { name: 'administrator program' },
    })
  })

  /** What the audit log says of a request that was cancelled. */
  async function cancelled(request: string) {
    const { detail } = await house.server.store.read
      .selectFrom('audit')
      .select('detail')
      .where('request_id', '=', request as RequestId)
      .where('kind', '=', 'cancelled')
      .executeTakeFirstOrThrow()
    return JSON.parse(detail) as Record<string, unknown>
  }

  it('lets a block stand though something that is asked from there can’t be taken back, and takes back the rest', async () => {
    const ip = '198.51.100.130'
    const asked = [await house.asked({}, { context: { ip } }), await house.asked({}, { context: { ip } })]
    const { parts } = house.server.running
    const writes = vi.spyOn(parts.push, 'enqueue').mockRejectedValueOnce(new Error('out of order'))
    try {
      expect(said(await cal.call('POST', '/addresses', { address: ip, minutes: 30, ...WHY }))).toBe('201')
    } finally {
      writes.mockRestore()
    }
    const states = await Promise.all(asked.map(async ({ created }) => (await house.application.read(created.id)).body))
    expect(states.map(({ state }) => state).sort()).toEqual(['cancelled', 'pending'])
    expect(house.server.lines.filter((line) => line.includes('a request could not be cancelled'))).toHaveLength(1)
  })

  it('asks nothing from an address that is blocked while it is being asked', async () => {
    const address = '198.51.100.131'
    const { username, device } = await house.person()
    const { parts } = house.server.running
    const late = vi.spyOn(parts.blocks, 'refuse').mockImplementationOnce(async () => {
      await blockAddress(parts, { address, minutes: 30, ...WHY }, BY)
    })
    expect(said(await house.application.create(username, { context: { ip: address } }))).toBe('403 address-blocked')
    late.mockRestore()
    const [row] = await house.server.store.read
      .selectFrom('login_requests')
      .select('id')
      .where('username', '=', username)
      .execute()
    expect(await cancelled(row?.id ?? '')).toMatchObject({ blocked: address })
    expect(await device.requests()).toEqual([])
  })

  it('of which nothing is finished, nor a passcode typed, once its address is blocked', async () => {
    const address = '203.0.113.99'
    const context = { ip: address }
    const { created, device, shown, username } = await house.asked({}, { context })
    await device.decide(shown, 'approve', created.number)
    const { body } = await house.application.read(created.id, { secret: created.secret })
    const redeem = async (secret = created.secret) =>
      said(await house.application.redeem(created.id, secret, body.passcode ?? ''))
    expect(said(await cal.call('POST', '/addresses', { address, minutes: 30, ...WHY }))).toBe('201')
    expect([await redeem(), await redeem('wrong')]).toEqual(['403 address-blocked', '403 wrong-secret'])
    const verify = async (more = {}) => said(await house.application.verify(username, '000000', more))
    expect(await verify({ context: { ip: `::ffff:${address}`, userAgent: 'x' } })).toBe('403 address-blocked')
    expect([await verify(), await verify({ context: { ip: 'here' } })]).toEqual(['200', '422 invalid'])
    expect(said(await cal.call('POST', '/addresses/unblock', { address, ...WHY }))).toBe('204')
    expect(await redeem()).toBe('200')
  })

  it('lets nobody in by a passcode that was typed before it and is looked at after, and spends none', async () => {
    const { parts } = house.server.running
    const address = '203.0.113.122'
    const of: (typeof parts.policies)['of'] = async (subject) => {
      await blockAddress(parts, { address, minutes: 30, ...WHY }, BY)
      return parts.policies.of(subject)
    }
    const { username, device } = await house.person()
    const user = await findUser(parts.store.read, username)
    if (!user) throw new Error('nobody is there')
    await house.clock.advance(MINUTE)
    const passcode = device.passcode()
    const typed = { user: user.id, application: house.application.id as ApplicationId, passcode, address }
    const verifying = verifyTyped({ ...parts, policies: { ...parts.policies, of } }, typed)
    await expect(verifying).rejects.toMatchObject({ slug: 'address-blocked' })
    expect((await house.application.verify(username, passcode)).body).toMatchObject({ valid: true })
  })

  it('takes in the whole network of one who has more addresses than anybody could block', async () => {
    const { show } = await reported({ ip: '2001:db8:5:6:7::8' })
    const { from } = await show()
    expect(from).toMatchObject({ ip: '2001:db8:5:6:7::8', network: '2001:db8:5:6::/64' })
    expect(said(await cal.call('POST', '/addresses', { address: from?.network, minutes: 30, ...WHY }))).toBe('201')
    const { addressBlocked } = await show()
    expect(addressBlocked).toMatchObject({ address: from?.network })
    const gone = await cal.call('POST', '/addresses/unblock', { address: addressBlocked?.address, ...WHY })
    expect(said(gone)).toBe('204')
    expect((await show()).addressBlocked).toBeNull()
  })

  it('refuses one block more than it holds sign-ins against, and blocks it once another is over', async () => {
    const { username } = await reported()
    const block = (address: string, minutes = 30) => cal.call('POST', '/addresses', { address, minutes, ...WHY })
    const ends = house.clock.now() + 60 * MINUTE
    const rows = Array.from({ length: 999 }, (_, n) => `10.9.${n >> 8}.${n & 255}`)
    await house.server.store.write(async (tx) => {
      await tx.deleteFrom('blocked_addresses').execute()
      for (const address of rows)
        await tx
          .insertInto('blocked_addresses')
          .values({ address, until: ends, reason: 'flood', blocked_by: 'cal', created_at: house.clock.now() })
          .execute()
    })
    expect(said(await block('198.51.100.1'))).toBe('201')
    expect(said(await block('198.51.100.1', 20))).toBe('201')
    expectInvalid(await block('198.51.100.2'), '/address')
    const ask = async (ip: string) => said(await house.application.create(username, { context: { ip } }))
    for (const ip of [rows[0], rows[998], '198.51.100.1']) expect(await ask(ip ?? '')).toBe('403 address-blocked')
    await house.clock.advance(21 * MINUTE)
    expect(said(await block('198.51.100.2'))).toBe('201')
  })

  it('keeps nothing personal of somebody who is removed', async () => {
    const { report, username, show } = await reported()
    await bea.call('POST', `/reports/${report.id}/notes`, { text: `${username} was in Rome` })
    await (await programOf(house.server, 'owner')).call('DELETE', `/users/${report.user.id}`)
    const shown = await show()
    expect(shown.user).toEqual({ id: report.user.id, username: null, displayName: null })
    expect(JSON.stringify(shown)).not.toContain(username)
    expect(JSON.stringify(shown)).not.toContain(IP)
  })
})

// The audit log over real HTTP: what happened can be read, taken away as a file, and nobody can change it unnoticed.
import type { KyselyPlugin } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../protocol/ids.ts'
import type { AuditHead, AuditList, VerifiedAudit } from '../../protocol/operator-api/audit.ts'
import { sealEntries } from '../../server/audit/chain/seal.ts'
import type { Expected } from '../../server/audit/chain/verified.ts'
import { verifyChain } from '../../server/audit/chain/verify.ts'
import { eraseFromAudit } from '../../server/audit/erase.ts'
import { record } from '../../server/audit/record.ts'
import { blanked, type Line } from '../support/blanked-line.ts'
import { ENGINES } from '../support/engines.ts'
import { call, said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'

async function* each(lines: readonly unknown[]) {
  yield* lines
}

describe.each(ENGINES)('the audit log on %s', (engine) => {
  const house = wireHouse(engine)
  let auditor: WireProgram
  let lines: Line[]
  let alice: string
  const exported = async (query = ''): Promise<Line[]> => {
    const { text } = await auditor.call('GET', `/audit/export${query}`)
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
  }
  const list = async (query = '') => (await auditor.call<AuditList>('GET', `/audit${query}`)).body
  const verify = (file: readonly unknown[], expected?: Expected) => verifyChain(each(file), expected)

  beforeAll(async () => {
    auditor = await programOf(house.server, 'auditor')
    const approved = await house.approved()
    alice = approved.username
    const denied = await house.asked()
    await denied.device.decide(denied.shown, 'deny')
    const reported = await house.asked()
    await reported.device.decide(reported.shown, 'report')
    lines = await exported()
  })

  it('has what devices signed in it, and is as it was', async () => {
    const result = await verify(lines)
    expect(result).toMatchObject({ ok: true, from: 1, omitted: 0, erased: 0 })
    expect(result.entries).toBe(lines.length - 2)
    expect(result.decisions).toBeGreaterThanOrEqual(3)
    const decision = lines.find(({ kind }) => kind === 'approved')
    expect(decision?.evidence).toMatchObject({ device: expect.any(String), key: expect.stringContaining('P-256') })
    expect((await auditor.call<VerifiedAudit>('GET', '/audit/verify')).body).toMatchObject({ ok: true })
  })

  const at = (position: number) => lines.findIndex((line) => line.type === 'entry' && line.position === position)
  const without = (index: number) => lines.filter((_, other) => other !== index)
  const changed = (index: number, change: object) =>
    lines.map((line, other) => (other === index ? { ...line, ...change } : line))

  it('tells an entry that was changed, whatever of it', async () => {
    const index = at(3)
    for (const change of [
      { kind: 'denied' },
      { user: 'usr_x' },
      { at: '2020-01-01T00:00:00.000Z' },
      { actor: 'opr_x' },
    ]) {
      expect((await verify(changed(index, change))).fault).toMatchObject({ kind: 'changed', position: 3 })
    }
    const detail = { ...lines[index]?.detail, reason: 'other' }
    expect((await verify(changed(index, { detail }))).fault).toMatchObject({ kind: 'changed', position: 3 })
    expect((await verify(changed(index, { detail: {} }))).fault).toMatchObject({ kind: 'changed', position: 3 })
    expect((await verify(changed(index, { salts: {} }))).fault).toMatchObject({ position: 3 })
  })

  it('tells an entry that is missing, inserted, or in another order', async () => {
    const index = at(4)
    expect((await verify(without(index))).fault).toMatchObject({ kind: 'missing', position: 4 })
    const twice = [...lines.slice(0, index + 1), ...lines.slice(index)]
    expect((await verify(twice)).fault).toMatchObject({ kind: 'inserted', position: 4 })
    const swapped = lines.map((_, other) => lines[other === index ? index + 1 : other === index + 1 ? index : other])
    expect(swapped).not.toEqual(lines)
    expect((await verify(swapped)).fault).toMatchObject({ kind: 'reordered', position: 4 })
  })

  it('tells entries that were cut off, by the signed head in the file or by one kept elsewhere', async () => {
    const end = lines.at(-1)
    const tail = lines.length - 2
    expect((await verify([...lines.slice(0, -2), end])).fault).toMatchObject({ kind: 'truncated', position: tail })
    expect((await verify(lines.slice(0, -1))).fault).toMatchObject({ kind: 'truncated' })
    const { body } = await auditor.call<AuditHead>('GET', '/audit/head')
    expect((await verify(lines, { head: body.head, thumbprint: body.thumbprint })).ok).toBe(true)
    await house.asked()
    const later = (await auditor.call<AuditHead>('GET', '/audit/head')).body
    expect((await verify(lines, { head: later.head })).fault).toMatchObject({ kind: 'truncated', position: tail + 1 })
    expect((await verify(lines, { head: String(end?.head).replace(/[^.]*$/, 'AAAA') })).fault?.kind).toBe('signature')
    expect((await verify(lines, { thumbprint: 'another' })).fault).toMatchObject({ kind: 'other-key' })
  })

  it('tells a decision that its device did not sign', async () => {
    const index = lines.findIndex(({ kind }) => kind === 'approved')
    const evidence = lines[index]?.evidence as Record<string, string>
    const other = lines.find(({ kind }) => kind === 'denied')?.evidence as Record<string, string>
    const binding = evidence.binding?.replace(alice, 'mallory')
    expect((await verify(changed(index, { evidence: { ...evidence, binding } }))).fault).toMatchObject({
      kind: 'changed',
    })
    expect((await verify(changed(index, { evidence: other }))).fault).toMatchObject({ kind: 'changed' })
  })

  it('follows the chain through what a filter leaves out', async () => {
    const denials = await exported('?kind=denied')
    expect(denials.filter(({ type }) => type === 'entry').map(({ kind }) => kind)).toEqual(['denied', 'denied'])
    const result = await verify(denials)
    expect(result).toMatchObject({ ok: true, entries: 2 })
    expect(result.omitted).toBeGreaterThan(5)
    const [omitted] = denials.filter(({ type }) => type === 'omitted')
    const shorter = denials.map((line) =>
      line === omitted ? { ...line, digests: (line.digests as string[]).slice(1) } : line,
    )
    expect((await verify(shorter)).ok).toBe(false)
    const mine = await exported(`?user=${alice}`)
    expect((await verify(mine)).ok).toBe(true)
    expect(mine.some(({ kind }) => kind === 'approved')).toBe(true)
    const none = await exported('?to=2000-01-01')
    expect(await verify(none)).toMatchObject({ ok: true, entries: 0 })
  })

  const omit = (file: readonly Line[], position: number, digests: readonly string[]) =>
    file.map((line) => {
      const isMeant = line.type === 'entry' && line.position === position
      return isMeant ? ({ type: 'omitted', position, digests: [...digests] } as unknown as Line) : line
    })
  const endOf = ({ position, digests }: Line) => position + ((digests as string[] | undefined)?.length ?? 1) - 1
  /** The entry as it stands elsewhere, where this line has it by its hash. */
  const withEntry = (line: Line, entry: Line | undefined): Line[] => {
    const { position, digests, shown, ...rest } = line as Line & { digests: string[] }
    if (!entry || entry.position < position || entry.position > endOf(line)) return [line]
    const at = entry.position - position
    const { shown: _shown, ...own } = entry
    const parts = [
      ...(at > 0 ? [{ ...rest, position, digests: digests.slice(0, at) }] : []),
      own,
      ...(at < digests.length - 1 ? [{ ...rest, position: entry.position + 1, digests: digests.slice(at + 1) }] : []),
    ]
    return parts.map((part, n) => (n === parts.length - 1 && shown ? { ...part, shown } : part)) as Line[]
  }
  const digestAt = async (position: number) => {
    const { read } = house.server.store
    const row = await read
      .selectFrom('audit_seals')
      .select('digest')
      .where('position', '=', position)
      .executeTakeFirst()
    return row?.digest ?? ''
  }

  it('tells an entry that was taken out as if a filter had left it out, whatever the file says of a filter', async () => {
    const taken = omit(lines, 4, [await digestAt(4)])
    expect((await verify(taken)).fault).toMatchObject({ kind: 'missing', position: 4 })
    const named = taken.map((line) => (line.type === 'begin' ? { ...line, filter: { kind: 'approved' } } : line))
    expect((await verify(named)).fault).toMatchObject({ kind: 'signature' })
    const unsaid = (file: readonly object[]) =>
      file.map((line) => ('type' in line && line.type === 'end' ? { ...line, export: undefined } : line))
    expect((await verify(unsaid(named))).fault).toMatchObject({ kind: 'missing', position: 4 })
    // One that was made before exports were signed.
    expect(await verify(unsaid(lines))).toMatchObject({ ok: true, filter: null })
    const denials = await exported('?kind=denied')
    expect(await verify(denials)).toMatchObject({ ok: true, filter: { kind: 'denied' } })
    expect((await verify(unsaid(denials))).fault).toMatchObject({ kind: 'missing' })
    const [first] = denials.filter(({ type }) => type === 'entry')
    const position = first?.position ?? 0
    const fewer = omit(denials, position, [await digestAt(position)])
    expect((await verify(fewer)).fault).toMatchObject({ kind: 'missing', position })
    // Where somebody took away what is signed of the stretch it is told still, without the place.
    const unsigned = fewer.map(({ shown: _shown, ...line }) => line)
    expect((await verify(unsigned)).fault).toMatchObject({ kind: 'missing', position: null })
  })

  it('names the first entry that was taken out of a file that a filter narrowed, however long it is', async () => {
    const { store, running } = house.server
    await store.write(async (tx) => {
      for (let n = 0; n < 1200; n++)
        await record(tx, { at: house.clock.now(), kind: n % 3 === 0 ? 'user-added' : 'signed-out', detail: { n } })
    })
    await sealEntries(running.parts)
    const file = await exported('?kind=user-added')
    expect(file.filter(({ shown }) => shown !== undefined).length).toBeGreaterThan(2)
    expect(await verify(file)).toMatchObject({ ok: true, filter: { kind: 'user-added' } })
    const entries = file.filter(({ type, shown }) => type === 'entry' && shown === undefined)
    const [early, late] = [entries.at(-200)?.position ?? 0, entries.at(-10)?.position ?? 0]
    const taken = omit(omit(file, late, [await digestAt(late)]), early, [await digestAt(early)])
    expect((await verify(taken)).fault).toMatchObject({ kind: 'missing', position: early })
    // One of another export of the same log, in the place of its hash.
    const foreign = (await exported('?kind=signed-out')).filter(({ type }) => type === 'entry').at(-30)
    const more = file.flatMap((line) => (line.type === 'omitted' ? withEntry(line, foreign) : [line]))
    expect((await verify(more)).fault).toMatchObject({ kind: 'inserted', position: foreign?.position })
    // What is signed of one stretch says nothing of another.
    const [one, other] = file.filter(({ shown }) => shown !== undefined)
    const swapped = file.map((line) => (line === other ? { ...line, shown: one?.shown } : line))
    expect((await verify(swapped)).fault).toMatchObject({ kind: 'signature', position: other && endOf(other) })
  })

  const replaced = (file: readonly Line[], by: Line) =>
    file.map((line) => (line.type === 'entry' && line.position === by.position ? by : line))
  const firstOf = (file: readonly Line[], kind: string) => file.find((line) => line.kind === kind) as Line

  it('tells a member that was taken out as if it had been erased, in a whole export and in a part', async () => {
    const [decision, added] = [firstOf(lines, 'approved'), firstOf(lines, 'user-added')]
    const taken = replaced(lines, blanked(decision, 'evidence/jws', 'evidence/key', 'evidence/binding'))
    expect((await verify(taken)).fault).toMatchObject({ kind: 'erased', position: decision.position })
    const unnamed = replaced(lines, blanked(added, 'detail/username'))
    expect((await verify(unnamed)).fault).toMatchObject({ kind: 'erased', position: added.position })
    const denials = await exported('?kind=denied')
    const denial = firstOf(denials, 'denied')
    const part = replaced(denials, blanked(denial, 'evidence/binding'))
    expect((await verify(part)).fault).toMatchObject({ kind: 'erased', position: denial.position })
    const excused = part.map((line) => (line.type === 'end' ? { ...line, removed: [denial.user] } : line))
    expect((await verify(excused)).fault).toMatchObject({ kind: 'erased' })
    const unsigned = unnamed.map((line) => (line.type === 'end' ? { ...line, export: undefined } : line))
    expect((await verify(unsigned)).fault).toMatchObject({ kind: 'erased', position: added.position })
  })

  it('calls nothing forged that an older release erased and did not explain, and says that it is not known', async () => {
    const { auditSigner } = house.server.running.parts
    const last = lines.findLast(({ type }) => type === 'entry') as Line & { hash: string }
    const [begin] = lines as unknown as [{ chain: string }]
    const mark = { chain: begin.chain, position: last.position, hash: last.hash, iat: 1 }
    const head = await auditSigner.sign('head', mark)
    const older = lines.map((line) => (line.type === 'end' ? { ...line, head, export: undefined } : line))
    const unnamed = replaced(older as Line[], blanked(firstOf(lines, 'user-added'), 'detail/username'))
    expect(await verify(unnamed)).toMatchObject({ ok: true, erased: 1, unexplained: 1 })
    const taken = replaced(older as Line[], blanked(firstOf(lines, 'approved'), 'evidence/jws'))
    expect((await verify(taken)).fault).toMatchObject({ kind: 'erased' })
  })

  it('tells a file whose beginning was cut off', async () => {
    const [begin, first, ...rest] = lines
    const later = [{ ...begin, from: 2, previous: first?.hash }, ...rest]
    expect((await verify(later)).fault).toMatchObject({ kind: 'missing', position: 1 })
    const since = lines.find(({ kind }) => kind === 'denied')?.at as string
    expect(await verify(await exported(`?from=${since}`))).toMatchObject({ ok: true, filter: { from: since } })
  })

  it('shows what was made to look as if the filter passed it over', async () => {
    const { store } = house.server
    const position = lines.find(({ kind }) => kind === 'denied')?.position ?? 0
    const rename = (kind: string) =>
      store.write((tx) => tx.updateTable('audit_seals').set({ kind }).where('position', '=', position).execute())
    await rename('expired')
    expect((await verify(await exported('?kind=denied'))).fault).toMatchObject({ kind: 'changed', position })
    await rename('denied')
  })

  it('is read newest first, by time, kind, person, application, and a page at a time', async () => {
    const all = await list()
    expect((all.entries[0]?.at ?? '') >= (all.entries.at(-1)?.at ?? '')).toBe(true)
    const { entries, names } = await list(`?user=${alice}&kind=approved`)
    expect(entries).toEqual([
      expect.objectContaining({
        kind: 'approved',
        application: house.application.id,
        evidence: { device: 'Phone', verdict: 'approve', holds: true, jws: expect.stringMatching(/^eyJ/) },
      }),
    ])
    expect(Object.values(names)).toEqual(expect.arrayContaining([alice, 'Harbour', 'Phone']))
    expect((await list('?user=nobody-of-that-name')).entries).toEqual([])
    expect((await list('?from=2100-01-01')).entries).toEqual([])
    expect((await list('?act=nothing.at-all')).entries).toEqual([])
    expect(said(await auditor.call('GET', '/audit?from=yesterday'))).toBe('422 invalid')
    expect(said(await auditor.call('GET', '/audit?cursor=1'))).toBe('422 invalid')
    await house.server.store.write(async (tx) => {
      for (let n = 0; n < 120; n++) await record(tx, { at: 5, kind: 'signed-in', detail: { n } })
    })
    await sealEntries(house.server.running.parts)
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: AuditList = await list(`?to=1970-01-02${cursor && `&cursor=${cursor}`}`)
      seen.push(...page.entries.map(({ id }) => id))
      cursor = page.next
    }
    expect([seen.length, new Set(seen).size]).toEqual([120, 120])
  })

  it('is a file that spreadsheets run nothing of', async () => {
    await house.server.store.write((tx) =>
      record(tx, { at: house.clock.now(), kind: 'user-added', detail: { username: '=1+1' }, by: FORMULA }),
    )
    const { text, headers } = await auditor.call('GET', '/audit/export?format=csv')
    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(headers['content-disposition']).toMatch(/^attachment; filename="audit-\d{4}-\d\d-\d\d\.csv"$/)
    const [head] = text.split('\r\n')
    expect(head).toBe('position,at,kind,user,request,device,application,actor,act,detail,signed,hash')
    expect(text).toContain(`,"'=HYPERLINK(1)",`)
    expect(text).not.toMatch(/(^|,)[=+@]/m)
  })

  it('says who took it away as a file, and in which form', async () => {
    await auditor.call('GET', '/audit/export?format=csv')
    const [latest] = (await list('?kind=audit-exported')).entries
    expect(latest).toMatchObject({ kind: 'audit-exported', detail: { format: 'csv', by: { role: 'auditor' } } })
  })

  it('is for those who oversee, and for nobody else', async () => {
    const helpDesk = await programOf(house.server, 'help-desk')
    expect(said(await helpDesk.call('GET', '/audit/export'))).toBe('403 forbidden')
    expect(said(await call(house.server.wire, 'GET', '/admin/v1/audit/export'))).toBe('401 unauthenticated')
  })

  it('is still as it was when a person was removed', async () => {
    const { store } = house.server
    const { id } = await store.read
      .selectFrom('users')
      .select('id')
      .where('username', '=', alice)
      .executeTakeFirstOrThrow()
    await sealEntries(house.server.running.parts)
    await store.write((tx) => record(tx, { at: 7, kind: 'user-added', user: id, detail: { username: alice } }))
    const owner = await programOf(house.server)
    expect((await owner.call('DELETE', `/users/${id}`)).status).toBe(204)
    const after = await exported()
    expect(JSON.stringify(after)).not.toContain(alice)
    const result = await verify(after)
    expect(result).toMatchObject({ ok: true })
    expect(result.erased).toBeGreaterThan(1)
    expect(result.unexplained).toBe(0)
    const part = await exported('?kind=approved')
    expect(await verify(part)).toMatchObject({ ok: true, unexplained: 0 })
    const unexplained = part.map((line) => (line.type === 'end' ? { ...line, removed: [] } : line))
    expect((await verify(unexplained)).fault).toMatchObject({
      kind: 'erased',
      position: firstOf(part, 'approved').position,
    })
    const forged = after.map((line) =>
      line.kind === 'user-added' && line.erased ? { ...line, detail: { username: 'mallory' }, erased: null } : line,
    )
    expect((await verify(forged)).fault?.kind).toBe('changed')
    const [approved] = (await list('?kind=approved')).entries
    expect(approved?.erased).toEqual(['evidence/binding', 'evidence/device'])
    expect(approved?.evidence?.holds).toBe(true)
  })

  it('keeps what a device signed of somebody who was removed before it was sealed', async () => {
    const { store, parts } = { store: house.server.store, parts: house.server.running.parts }
    const person = await house.person()
    await sealEntries(parts)
    const { created } = await house.approved(await house.ask(person))
    const { id } = await store.read
      .selectFrom('users')
      .select('id')
      .where('username', '=', person.username)
      .executeTakeFirstOrThrow()
    expect((await (await programOf(house.server)).call('DELETE', `/users/${id}`)).status).toBe(204)
    const entry = (await exported()).find(({ kind, request }) => kind === 'approved' && request === created.id)
    expect(entry?.evidence).toEqual({ jws: expect.any(String), key: expect.stringContaining('P-256') })
    expect(await verify(await exported())).toMatchObject({ ok: true })
    expect(await store.read.selectFrom('audit').select('seq').where('evidence', 'is not', null).execute()).toEqual([])
  })

  // On SQLite there is one writer: nothing is sealed while somebody is being removed.
  if (engine === 'postgres')
    it('is still as it was where an entry was sealed while its person was being removed', async () => {
      const { store, parts } = { store: house.server.store, parts: house.server.running.parts }
      await sealEntries(parts)
      const user = newId('usr', parts.random)
      await store.write((tx) => record(tx, { at: 8, kind: 'user-added', user, detail: { username: 'zoe-who-left' } }))
      let isRead = false
      const sealedBetween: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        transformResult: async ({ result }) => {
          if (!isRead) {
            isRead = true
            await sealEntries(parts)
          }
          return result
        },
      }
      await store.write(async (tx) => {
        await eraseFromAudit(tx.withPlugin(sealedBetween), user)
        await record(tx, { at: 9, kind: 'user-removed', user })
      })
      const after = await exported()
      expect(JSON.stringify(after)).not.toContain('zoe-who-left')
      expect(await verify(after)).toMatchObject({ ok: true })
    })
})

const FORMULA = { kind: 'operator', id: '=HYPERLINK(1)', name: '@x', role: 'owner', act: 'users.add' } as const

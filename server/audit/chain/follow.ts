// The chain from the store, as the lines of an export: a few hundred entries at a time, so that neither the store nor
// whoever reads holds all of it.
import { timestamp } from '../../../protocol/login-request.ts'
import type { Clock } from '../../clock.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { type AuditFilter, matches } from '../filter.ts'
import { type Commitments, type Evidence, linkHash, type Salts } from './content.ts'
import { erasureRow, lastErasure } from './erasure.ts'
import { Erasures } from './erasures.ts'
import { type EntryLine, EXPORT_FORMAT, type FirstLine, type Line, type OmittedLine } from './lines.ts'
import { bitsOf, Shown, type Signer } from './mark.ts'
import { removalsOf } from './removals.ts'
import { chainRow, cutRows, headOf } from './rows.ts'
import { entryOf } from './seal.ts'

export type FollowNeeds = { store: Store; clock: Clock; auditSigner: Signer; organisation: { name: string } }

const AT_ONCE = 500

type Row = Awaited<ReturnType<typeof entriesFrom>>[number]

/**
 * @param range places in the chain
 * @param filter what is named in the first line, and what of it is left out
 */
export async function* followChain(
  needs: FollowNeeds,
  range: { from: number; to: number },
  filter: AuditFilter = {},
  named: Record<string, string> = {},
): AsyncGenerator<Line> {
  const { store, auditSigner, clock } = needs
  const chain = await chainRow(store.read)
  if (!chain) return
  const before = await hashBefore(store.read, range.from)
  yield { ...(await firstOf(needs, chain.chain, range.from, named)), previous: before ?? chain.chain }
  const shown = new Shown()
  const erasures = new Erasures()
  erasures.knows(await lastErasure(needs))
  const isNarrowed = Object.keys(named).length > 0
  const secondsNow = () => Math.floor(clock.now() / 1000)
  let last = { position: range.from - 1, hash: before ?? chain.chain }
  for (let from = range.from; from <= range.to; ) {
    const rows = await entriesFrom(store.read, from, range.to)
    const end = rows.at(-1)
    if (!end) break
    const lines = [...linesOf(rows, filter)]
    const entries = lines.filter((line) => line.type === 'entry')
    for (const entry of entries) {
      shown.add(entry)
      erasures.take(entry)
    }
    const bits = bitsOf(from, end.position, new Set(entries.map(({ position }) => position)))
    const part = { chain: chain.chain, from, to: end.position, bits, iat: secondsNow() }
    yield* isNarrowed ? saying(lines, await auditSigner.sign('part', part)) : lines
    last = { position: end.position, hash: end.hash }
    from = end.position + 1
  }
  const removed = await removalsOf(store.read, erasures.people)
  const mark = { chain: chain.chain, ...last, iat: secondsNow() }
  const known = range.to < chain.position && (await leadsTo(store.read, last, chain)) && headOf(chain, auditSigner)
  const said = { from: range.from, filter: named, entries: shown.entries, ...shown.digests(removed) }
  yield {
    type: 'end',
    entries: shown.entries,
    head: known ? await auditSigner.sign('head', { ...known, ...mark }) : chain.head,
    erasure: await erasureRow(store.read),
    removed,
    export: await auditSigner.sign('export', { ...mark, ...said }),
  }
}

/** The last line of a part says which of it is shown. */
function saying(lines: readonly (EntryLine | OmittedLine)[], shown: string): Line[] {
  return lines.map((line, at) => (at === lines.length - 1 ? { ...line, shown } : line))
}

/** Attack stopped: a chain made anew in the store, of which the installation would sign a part. */
async function leadsTo(
  db: Db,
  start: { position: number; hash: string },
  end: { position: number; hash: string },
): Promise<boolean> {
  let { position, hash } = start
  while (position < end.position) {
    const rows = await db
      .selectFrom('audit_seals')
      .select(['position', 'digest'])
      .where('position', '>', position)
      .orderBy('position')
      .limit(AT_ONCE)
      .execute()
    for (const row of rows) {
      if (row.position !== position + 1) return false
      hash = linkHash({ position: row.position, previous: hash, digest: row.digest })
      position = row.position
      if (position === end.position) break
    }
    if (rows.length === 0) return false
  }
  return position === end.position && hash === end.hash
}

async function firstOf(
  { store, clock, auditSigner, organisation }: FollowNeeds,
  chain: string,
  from: number,
  filter: Record<string, string>,
): Promise<FirstLine> {
  const cuts = await cutRows(store.read)
  return {
    type: 'begin',
    format: EXPORT_FORMAT,
    organisation: organisation.name,
    exportedAt: timestamp(clock.now()),
    chain,
    key: auditSigner.publicKey,
    thumbprint: auditSigner.thumbprint,
    previous: null,
    from,
    cut: cuts.at(-1)?.mark ?? null,
    erasure: await erasureRow(store.read),
    filter,
  }
}

/** @returns undefined for the very first place */
async function hashBefore(db: Db, position: number): Promise<string | undefined> {
  const row = await db
    .selectFrom('audit_seals')
    .select('hash')
    .where('position', '=', position - 1)
    .executeTakeFirst()
  if (row) return row.hash
  const cut = await db
    .selectFrom('audit_cuts')
    .select('hash')
    .where('position', '=', position - 1)
    .executeTakeFirst()
  return cut?.hash
}

function entriesFrom(db: Db, from: number, to: number) {
  return db
    .selectFrom('audit_seals')
    .leftJoin('audit', 'audit.seq', 'audit_seals.seq')
    .selectAll('audit_seals')
    .select(['audit.request_id', 'audit.device_id', 'audit.detail', 'audit.at as own_at', 'audit.kind as own_kind'])
    .select(['audit.user_id as own_user', 'audit.application_id as own_application', 'audit.actor_id as own_actor'])
    .where('audit_seals.position', '>=', from)
    .where('audit_seals.position', '<=', to)
    .orderBy('audit_seals.position')
    .limit(AT_ONCE)
    .execute()
}

function* linesOf(rows: readonly Row[], filter: AuditFilter): Generator<EntryLine | OmittedLine> {
  let left: { position: number; digests: string[] } | undefined
  for (const row of rows) {
    // An entry whose row is gone is simply not there: whoever verifies finds its place empty.
    if (row.detail === null) continue
    // Copies beside its seal that are not as the entry is decide nothing: it is shown, and found to be changed.
    if (matches(filter, row) || !copiesAgree(row)) {
      if (left) yield { type: 'omitted', ...left }
      left = undefined
      yield lineOf(row)
    } else if (left && left.position + left.digests.length === row.position) {
      left.digests.push(row.digest)
    } else {
      if (left) yield { type: 'omitted', ...left }
      left = { position: row.position, digests: [row.digest] }
    }
  }
  if (left) yield { type: 'omitted', ...left }
}

/** What is hashed is the entry itself, never the copies beside its seal. */
function lineOf(row: Row): EntryLine {
  const entry = entryOf(
    {
      at: row.own_at ?? 0,
      kind: row.own_kind ?? '',
      user_id: row.own_user,
      request_id: row.request_id,
      device_id: row.device_id,
      application_id: row.own_application,
      actor_id: row.own_actor,
      detail: row.detail ?? '{}',
    },
    row.evidence === null ? null : (JSON.parse(row.evidence) as Evidence),
  )
  return {
    type: 'entry',
    position: row.position,
    ...entry,
    salts: JSON.parse(row.salts) as Salts,
    erased: row.erased === null ? null : (JSON.parse(row.erased) as Commitments),
    // Attack stopped: copies that were changed so that a filter passes the entry over. No hash agrees with that.
    hash: copiesAgree(row) ? row.hash : '',
  } as EntryLine
}

function copiesAgree(row: Row): boolean {
  return (
    row.at === row.own_at &&
    row.kind === row.own_kind &&
    row.user_id === row.own_user &&
    row.application_id === row.own_application &&
    row.actor_id === row.own_actor
  )
}

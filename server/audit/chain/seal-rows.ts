// Writes a batch of seals: on PostgreSQL by two statements, however many there are.
import { type RawBuilder, sql } from 'kysely'
import type { AuditSealsTable } from '../../store/audit-tables.ts'
import { prepared } from '../../store/prepared.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { Overtaken } from '../../store/until-won.ts'

/** The entry as it was seen, and what it gets. */
export type Sealed = { seen: { seq: number; detail: string; evidence: string | null }; seal: AuditSealsTable }

/** Only what still is as it was seen: its person may have been removed since. @throws {Overtaken} */
export function writeSeals(tx: Db, engine: Store['engine'], sealed: readonly Sealed[]): Promise<void> {
  return engine === 'postgres' ? writeTogether(tx, sealed) : writeEach(tx, sealed)
}

const place = prepared((db, v: { position: number; seq: number; detail: string; evidence: string }) =>
  db
    .updateTable('audit')
    .set({ position: v.position, evidence: null })
    .where('seq', '=', v.seq)
    .where('position', 'is', null)
    .where('detail', '=', v.detail)
    .where((e) => e(e.fn.coalesce('evidence', e.val('')), '=', v.evidence)),
)

const insert = prepared((db, v: AuditSealsTable) => {
  const { position, seq, at, kind, user_id, application_id, actor_id, act, salts, erased, evidence, digest, hash } = v
  return db
    .insertInto('audit_seals')
    .values({ position, seq, at, kind, user_id, application_id, actor_id, act, salts, erased, evidence, digest, hash })
})

async function writeEach(tx: Db, sealed: readonly Sealed[]): Promise<void> {
  for (const { seen, seal } of sealed) {
    const { seq, detail, evidence } = seen
    const placed = await place(tx, { position: seal.position, seq, detail, evidence: evidence ?? '' })
    if (placed.numAffectedRows !== 1n) throw new Overtaken()
    await insert(tx, seal)
  }
}

async function writeTogether(tx: Db, sealed: readonly Sealed[]): Promise<void> {
  const placed = await placing(sealed).execute(tx)
  if (placed.numAffectedRows !== BigInt(sealed.length)) throw new Overtaken()
  const columns = sql.raw(Object.keys(sealed[0]?.seal ?? {}).join(', '))
  const seals = JSON.stringify(sealed.map(({ seal }) => seal))
  await sql`insert into audit_seals (${columns})
    select ${columns} from json_populate_recordset(null::audit_seals, ${seals}::json)`.execute(tx)
}

function placing(sealed: readonly Sealed[]): RawBuilder<unknown> {
  const seqs = sealed.map(({ seen }) => seen.seq)
  const seen = sealed.map(({ seen: { seq, detail, evidence }, seal: { position } }) => {
    return { seq, position, detail, evidence: evidence ?? '' }
  })
  // The bounds say which parts of the log need not be looked into.
  return sql`update audit set position = seen.position, evidence = null
    from json_to_recordset(${JSON.stringify(seen)}::json)
      as seen (seq bigint, position bigint, detail text, evidence text)
    where audit.seq = seen.seq and audit.position is null and audit.detail = seen.detail
      and coalesce(audit.evidence, '') = seen.evidence
      and audit.seq between ${Math.min(...seqs)} and ${Math.max(...seqs)}`
}

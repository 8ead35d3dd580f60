// Takes a person out of the audit log, as far as they are a person there: what happened stays, under their id alone, and
// so does the chain, which knows the rest by commitments that say nothing without their salts.
import type { UserId } from '../../protocol/ids.ts'
import type { Db } from '../store/schema.ts'
import { type Commitments, commitmentsOf, type Evidence, membersOf, type Salts, saltsOf } from './chain/content.ts'
import { evidenceFor } from './chain/evidence.ts'
import { isKept } from './chain/kept.ts'
import { entryOf } from './chain/seal.ts'

type Row = Awaited<ReturnType<ReturnType<typeof entries>['execute']>>[number]

/** To be called in the transaction that removes the person. */
export async function eraseFromAudit(tx: Db, user: UserId): Promise<void> {
  const ofUser = await entries(tx).where('audit.user_id', '=', user).execute()
  for (const row of ofUser) await erase(tx, row)
}

/** Of everybody, after one place in the chain and up to another: their time is over. */
export async function eraseEntries(tx: Db, after: number, upTo: number): Promise<void> {
  const old = await entries(tx).where('audit.position', '>', after).where('audit.position', '<=', upTo).execute()
  for (const row of old) await erase(tx, row)
}

function entries(tx: Db) {
  return tx
    .selectFrom('audit')
    .leftJoin('audit_seals', 'audit_seals.position', 'audit.position')
    .select(['audit.seq', 'audit.at', 'audit.kind', 'audit.user_id', 'audit.request_id', 'audit.device_id'])
    .select(['audit.application_id', 'audit.actor_id', 'audit.detail', 'audit_seals.position'])
    .select('audit.evidence as unsealed')
    .select(['audit_seals.salts', 'audit_seals.erased', 'audit_seals.evidence'])
}

async function erase(tx: Db, row: Row): Promise<void> {
  if (row.position === null || row.salts === null) return eraseUnsealed(tx, row)
  const evidence = row.evidence === null ? null : (JSON.parse(row.evidence) as Evidence)
  const entry = entryOf(row, evidence)
  const members = Object.keys(membersOf(entry))
  const gone = members.filter((member) => !isKept(row.kind, member))
  if (gone.length === 0) return
  const detail = JSON.stringify(left(entry.detail, 'detail', gone))
  await tx.updateTable('audit').set({ detail }).where('seq', '=', row.seq).execute()
  const salts = JSON.parse(row.salts) as Salts
  const before = JSON.parse(row.erased ?? '{}') as Commitments
  const commitments = commitmentsOf(entry, salts, before) ?? {}
  const erased = { ...before, ...Object.fromEntries(gone.map((member) => [member, commitments[member]])) }
  const saltOf = saltsOf(salts)
  const kept = members.filter((member) => !gone.includes(member)).map((member) => [member, saltOf(member)])
  await tx
    .updateTable('audit_seals')
    .set({
      salts: JSON.stringify(Object.fromEntries(kept)),
      erased: JSON.stringify(erased),
      evidence: evidence && JSON.stringify(left(evidence, 'evidence', gone)),
    })
    .where('position', '=', row.position)
    .execute()
}

/** What may stay of the decision is kept beside it, for the device and its key may go with the person. */
async function eraseUnsealed(tx: Db, row: Row): Promise<void> {
  const found = (await evidenceFor(tx, [{ ...row, evidence: row.unsealed }])).get(row.seq) ?? null
  const entry = entryOf(row, found)
  const gone = Object.keys(membersOf(entry)).filter((member) => !isKept(row.kind, member))
  const detail = JSON.stringify(left(entry.detail, 'detail', gone))
  const evidence = found && JSON.stringify(left(found, 'evidence', gone))
  const { numUpdatedRows } = await tx
    .updateTable('audit')
    .set({ detail, evidence })
    .where('seq', '=', row.seq)
    .where('position', 'is', null)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 1n) return
  // Sealed since it was read: what is erased now has to stay in the chain by its commitments.
  const sealed = await entries(tx).where('audit.seq', '=', row.seq).executeTakeFirst()
  if (sealed) await erase(tx, sealed)
}

function left(of: object, group: string, gone: readonly string[]): object {
  return Object.fromEntries(Object.entries(of).filter(([name]) => !gone.includes(`${group}/${name}`)))
}

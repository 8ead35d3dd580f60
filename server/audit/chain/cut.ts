// Where the chain was cut stands signed, so that a cut can be told from a theft.
import type { Clock } from '../../clock.ts'
import type { AuditCutsTable } from '../../store/audit-tables.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import type { Signer } from './mark.ts'
import { chainRow } from './rows.ts'

/** @param at the last entry that is to go */
export async function signedCut(
  { store, clock, auditSigner }: { store: Store; clock: Clock; auditSigner: Signer },
  { position, hash }: { position: number; hash: string },
): Promise<AuditCutsTable> {
  const chain = await chainRow(store.read)
  if (!chain) throw new Error('a chain with entries has begun')
  const now = clock.now()
  const mark = await auditSigner.sign('cut', { chain: chain.chain, position, hash, iat: Math.floor(now / 1000) })
  return { position, hash, at: now, mark }
}

/** The last one says it of all before. */
export async function putCut(tx: Db, cut: AuditCutsTable): Promise<void> {
  await tx.deleteFrom('audit_cuts').where('position', '<', cut.position).execute()
  await tx
    .insertInto('audit_cuts')
    .values(cut)
    .onConflict((c) => c.column('position').doNothing())
    .execute()
}

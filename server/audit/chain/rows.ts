// The chain's own rows.
import type { Db } from '../../store/schema.ts'
import { type HeadMark, readMark, type Signer } from './mark.ts'

const ONLY = 'audit'

/** @returns what is signed of the chain as it stands; undefined where that is about another one */
export function headOf(
  { head, chain, position, hash }: { head: string; chain: string; position: number; hash: string },
  { publicKey }: Signer,
): HeadMark | undefined {
  const mark = readMark('head', head, publicKey)
  return mark?.chain === chain && mark.position === position && mark.hash === hash ? mark : undefined
}

export async function chainRow(db: Db) {
  return db.selectFrom('audit_chain').selectAll().where('id', '=', ONLY).executeTakeFirst()
}

/** Every process begins the same one. */
export async function beginChain(tx: Db, chain: string, head: string): Promise<void> {
  await tx
    .insertInto('audit_chain')
    .values({ id: ONLY, chain, position: 0, hash: chain, head })
    .onConflict((c) => c.column('id').doNothing())
    .execute()
}

/** @returns false where another process went on first */
export async function moveChain(
  tx: Db,
  seen: { position: number },
  to: { position: number; hash: string; head: string },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('audit_chain')
    .set(to)
    .where('id', '=', ONLY)
    .where('position', '=', seen.position)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export function cutRows(db: Db) {
  return db.selectFrom('audit_cuts').selectAll().orderBy('position').execute()
}

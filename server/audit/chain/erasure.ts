// Up to where people were taken out of what is old stands signed, so that it can be told from members that somebody
// else took out.
import type { Clock } from '../../clock.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { type ErasureMark, readMark, type Signer } from './mark.ts'
import { chainRow } from './rows.ts'

/** How far it is: a place in the chain. */
const PROGRESS = 'audit-detail'
const SIGNED = 'audit-erasure'

export async function erasedUntil(db: Db): Promise<number> {
  const mark = await db.selectFrom('tally_marks').select('at').where('name', '=', PROGRESS).executeTakeFirst()
  return mark?.at ?? 0
}

/** @returns false where another process was first */
export async function moveErased(tx: Db, from: number, to: number): Promise<boolean> {
  const moved = await tx
    .insertInto('tally_marks')
    .values({ name: PROGRESS, at: to })
    .onConflict((c) => c.column('name').doUpdateSet({ at: to }).where('tally_marks.at', '=', from))
    .executeTakeFirstOrThrow()
  return moved.numInsertedOrUpdatedRows === 1n
}

/** The signed mark, as it is stored. */
export async function erasureRow(db: Db): Promise<string | null> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', SIGNED).executeTakeFirst()
  return row?.value ?? null
}

type SignNeeds = { store: Store; clock: Clock; auditSigner: Signer }

export async function lastErasure({ store, auditSigner }: SignNeeds): Promise<ErasureMark | undefined> {
  const jws = await erasureRow(store.read)
  return jws === null ? undefined : readMark('erasure', jws, auditSigner.publicKey)
}

/** @param place the last entry that people are taken out of @param before milliseconds: of older ones alone */
export async function signedErasure(
  needs: SignNeeds,
  { position, hash }: { position: number; hash: string },
  before: number,
): Promise<string> {
  const [chain, last] = await Promise.all([chainRow(needs.store.read), lastErasure(needs)])
  if (!chain) throw new Error('a chain with entries has begun')
  // What was taken out stays so where entries are kept for longer from some day on.
  const latest = Math.max(before, last?.before ?? 0)
  const iat = Math.floor(needs.clock.now() / 1000)
  return needs.auditSigner.sign('erasure', { chain: chain.chain, position, hash, iat, before: latest })
}

/** The last one says it of all before. */
export async function putErasure(tx: Db, mark: string): Promise<void> {
  await tx
    .insertInto('settings')
    .values({ name: SIGNED, value: mark })
    .onConflict((c) => c.column('name').doUpdateSet({ value: mark }))
    .execute()
}

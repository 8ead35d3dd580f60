// The audit log: first what entries say, then the entries; the chain says of both what was there, and signed, why it is gone.
import { putCut, signedCut } from '../audit/chain/cut.ts'
import { erasedUntil, lastErasure, moveErased, putErasure, signedErasure } from '../audit/chain/erasure.ts'
import { eraseEntries } from '../audit/erase.ts'
import { cutParts } from './cut-parts.ts'
import { type RetentionNeeds, STEP } from './needs.ts'
import { waitedFor } from './unsent.ts'

/**
 * A step of them in the order of the chain, up to the first that is not that old, or that the organisation's syslog
 * receiver has not got yet. @param from after this position
 */
async function sealsBefore(needs: RetentionNeeds, before: number, from?: number) {
  const isWaitedFor = await waitedFor(needs, before)
  let query = needs.store.read.selectFrom('audit_seals').select(['position', 'hash', 'at'])
  if (from !== undefined) query = query.where('position', '>', from)
  const rows = await query.orderBy('position').limit(STEP).execute()
  const fresh = rows.findIndex((row) => row.at >= before || isWaitedFor(row))
  return fresh === -1 ? rows : rows.slice(0, fresh)
}

/** Entry by entry in the order of the chain, which says of what was erased that it was there, and signed, why. */
export async function eraseDetail(needs: RetentionNeeds, before: number): Promise<number> {
  const { store } = needs
  const from = await erasedUntil(store.read)
  const old = await sealsBefore(needs, before, from)
  const last = old.at(-1)
  if (!last) return explainOlder(needs, from, before)
  const mark = await signedErasure(needs, last, before)
  const isMine = await store.write(async (tx) => {
    if (!(await moveErased(tx, from, last.position))) return false
    await putErasure(tx, mark)
    await eraseEntries(tx, from, last.position)
    return true
  })
  // Another process was here first, and may have gone less far.
  return isMine ? old.length : STEP
}

/** What releases erased that signed nothing of it. */
async function explainOlder(needs: RetentionNeeds, erased: number, before: number): Promise<number> {
  const last = await lastErasure(needs)
  if (erased <= (last?.position ?? 0)) return 0
  const { read } = needs.store
  const place = await read
    .selectFrom('audit_seals')
    .select(['position', 'hash'])
    .where('position', '=', erased)
    .executeTakeFirst()
  if (!place) return 0
  const mark = await signedErasure(needs, place, before)
  await needs.store.write(async (tx) => {
    if (await moveErased(tx, erased, erased)) await putErasure(tx, mark)
  })
  return 0
}

export async function cutAudit(needs: RetentionNeeds, before: number, days: number): Promise<number> {
  const { store } = needs
  const parts = store.engine === 'postgres' ? await cutParts(needs, before, days) : undefined
  if (parts !== undefined) return parts
  const old = await sealsBefore(needs, before)
  const last = old.at(-1)
  if (!last) return 0
  const { position } = last
  const cut = await signedCut(needs, last)
  await store.write(async (tx) => {
    await putCut(tx, cut)
    await tx.deleteFrom('audit').where('position', '<=', position).execute()
    await tx.deleteFrom('audit_seals').where('position', '<=', position).execute()
  })
  return old.length
}

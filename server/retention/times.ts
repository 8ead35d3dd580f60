// How long data is kept: one setting, which owners change.
import * as z from 'zod/mini'
import { type RetentionTimes, type RetentionView, retentionTimes } from '../../protocol/operator-api/retention.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { raise } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

const NAME = 'retention'
/** A year of requests and reports, for whoever has to explain one; the audit log for as long as nobody says otherwise. */
const USUAL: RetentionView = { requests: 400, reports: 400, auditDetail: null, audit: null, deliveries: 30, version: 1 }
const stored = z.extend(retentionTimes, { version: z.int() })

export async function retention(db: Db): Promise<RetentionView> {
  const text = await storedText(db)
  return text === undefined ? USUAL : stored.parse({ ...USUAL, ...JSON.parse(text) })
}

async function storedText(db: Db): Promise<string | undefined> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', NAME).executeTakeFirst()
  return row?.value
}

/**
 * Attack stopped: traces that are made to be forgotten soon. It is told at once, and nothing is kept for so short a time
 * that nobody would have seen it.
 * @throws {Problem} changed-meanwhile
 */
export async function changeRetention(
  { store, clock }: { store: Store; clock: Clock },
  {
    version,
    ...asked
  }: Partial<{ [Kind in keyof RetentionTimes]: RetentionTimes[Kind] | undefined }> & {
    version: number
  },
  by: Actor,
): Promise<RetentionView> {
  const before = await storedText(store.read)
  const seen = await retention(store.read)
  const wished = Object.fromEntries(Object.entries(asked).filter(([, days]) => days !== undefined))
  const next: RetentionView = { ...seen, ...wished, version: version + 1 }
  const value = JSON.stringify(next)
  await store.write(async (tx) => {
    if (version !== seen.version || !(await put(tx, before, value))) throw new Problem('changed-meanwhile')
    const detail = { from: seen, to: next }
    await raise(tx, { at: clock.now(), kind: 'retention-changed', by, detail })
  })
  return next
}

/** Compare and set. */
async function put(tx: Db, before: string | undefined, value: string): Promise<boolean> {
  if (before === undefined) {
    const added = await tx
      .insertInto('settings')
      .values({ name: NAME, value })
      .onConflict((c) => c.column('name').doNothing())
      .executeTakeFirstOrThrow()
    return added.numInsertedOrUpdatedRows === 1n
  }
  const changed = await tx
    .updateTable('settings')
    .set({ value })
    .where('name', '=', NAME)
    .where('value', '=', before)
    .executeTakeFirstOrThrow()
  return changed.numUpdatedRows === 1n
}

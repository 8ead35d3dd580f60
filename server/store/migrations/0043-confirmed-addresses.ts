// An address for notices counts when somebody who reads there has typed a code.
import type { Kysely } from 'kysely'

export async function confirmedAddresses(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('notice_addresses').addColumn('confirmed_at', 'bigint').execute()
  await db.schema.alterTable('notice_addresses').addColumn('code_hash', 'text').execute()
  await db.schema.alterTable('notice_addresses').addColumn('code_until', 'bigint').execute()
  // Those from before are written to already.
  await db
    .updateTable('notice_addresses' as never)
    .set({ confirmed_at: (e: { ref(column: string): unknown }) => e.ref('created_at') } as never)
    .execute()
}

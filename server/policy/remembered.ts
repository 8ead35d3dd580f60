// Browsers in which somebody confirmed, at an application, that it is them. A row is a permission that can be taken
// back: what ends sign-ins of a person, or takes a token of theirs away, ends these.
import type { ApplicationId, UserId } from '../../protocol/ids.ts'
import { RANGES } from '../../protocol/policy.ts'
import type { RememberedTable } from '../store/policy-tables.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

export const HOUR_MS = 60 * 60_000
const LONGEST_MS = RANGES.quietHours[1] * HOUR_MS

type Browser = { id: string; user: UserId; application: ApplicationId }

/** @property id the SHA-256 of what the browser holds */
export async function rememberedSince(
  db: Db,
  { id, user, application, password }: Browser & { password: string },
): Promise<number | undefined> {
  const row = await db
    .selectFrom('remembered_browsers')
    .select(['confirmed_at', 'password'])
    .where('id', '=', id)
    .where('user_id', '=', user)
    .where('application_id', '=', application)
    .executeTakeFirst()
  // Another password has been set since: whoever knew the old one may hold the browser too.
  return row?.password === password ? row.confirmed_at : undefined
}

/** @param was what the browser held before: it is worth nothing from now on */
export async function rememberBrowser(tx: Db, row: RememberedTable, was: string | undefined): Promise<void> {
  if (was !== undefined) await tx.updateTable('remembered_browsers').set({ id: row.id }).where('id', '=', was).execute()
  const { password, confirmed_at } = row
  await tx
    .insertInto('remembered_browsers')
    .values(row)
    .onConflict((c) => c.columns(['id', 'user_id', 'application_id']).doUpdateSet({ password, confirmed_at }))
    .execute()
}

export async function forgetBrowsers(tx: Db, user: UserId): Promise<void> {
  await tx.deleteFrom('remembered_browsers').where('user_id', '=', user).execute()
}

export async function purgeRemembered(store: Store, now: number): Promise<void> {
  await store.write((tx) =>
    tx
      .deleteFrom('remembered_browsers')
      .where('confirmed_at', '<', now - LONGEST_MS)
      .execute(),
  )
}

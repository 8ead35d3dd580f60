// Rows that end by themselves are forgotten in small steps: no sign-in waits behind a great deletion.
import type { Store } from './store.ts'

/** Tables whose rows say when they end, indexed by that. */
type Ending =
  | 'used_proofs'
  | 'sign_ins'
  | 'oidc_artifacts'
  | 'handed_sign_ins'
  | 'former_names'
  | 'radius_heard'
  | 'known_places'

const MOST_PURGED = 5000

/** Forgets what ended before `now`. @returns how many, at most about five thousand a call */
export async function purgeExpired(store: Store, table: Ending, now: number): Promise<number> {
  // Their columns are alike where it matters here.
  const one = table as 'sign_ins'
  const last = await store.read
    .selectFrom(one)
    .select('expires_at')
    .where('expires_at', '<', now)
    .orderBy('expires_at')
    .limit(1)
    .offset(MOST_PURGED)
    .executeTakeFirst()
  const result = await store.write((tx) =>
    tx
      .deleteFrom(one)
      .where('expires_at', '<', last?.expires_at ?? now)
      .executeTakeFirstOrThrow(),
  )
  return Number(result.numDeletedRows)
}

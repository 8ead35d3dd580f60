// What was asked without a browser and can be answered now. Looked for all the time, so without the library, which is
// loaded where something is found.
import type { AskedRow, CibaNeeds } from './ciba-answers.ts'

const MOST_AT_ONCE = 100

/** @returns how many were answered */
export async function answerCiba(needs: CibaNeeds): Promise<number> {
  const rows = await due(needs)
  if (rows.length === 0) return 0
  const { answerAsked } = await import('./ciba-answers.ts')
  for (const row of rows) await answerAsked(needs, row)
  return rows.length
}

/** Its device has answered, or it is over. */
function due({ store, clock }: CibaNeeds): Promise<AskedRow[]> {
  const now = clock.now()
  return store.read
    .selectFrom('ciba_asked')
    .innerJoin('login_requests', 'login_requests.id', 'ciba_asked.request_id')
    .selectAll('ciba_asked')
    .where('ciba_asked.claimed_until', '<=', now)
    .where((w) =>
      w.or([
        w('login_requests.state', '!=', 'pending'),
        w('login_requests.expires_at', '<=', now),
        w('ciba_asked.expires_at', '<=', now),
      ]),
    )
    .limit(MOST_AT_ONCE)
    .execute()
}

// The first answers of creations, which hold a secret for as long as their request waits.
import type { RequestId } from '../../protocol/ids.ts'
import { prepared } from '../store/prepared.ts'
import type { Db } from '../store/schema.ts'

const forget = prepared((db, v: { request: RequestId }) =>
  db.updateTable('idempotency').set({ answer: null }).where('request_id', '=', v.request),
)

/** A request that is over is repeated without its secrets. */
export async function forgetSecretAnswer(tx: Db, request: RequestId): Promise<void> {
  await forget(tx, { request })
}

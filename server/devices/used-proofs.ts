// Proofs that were used, by every process, for as long as they could be replayed.
import type { DeviceId } from '../../protocol/ids.ts'
import { PROOF_WINDOW_SECONDS } from '../../protocol/proof.ts'
import type { Store } from '../store/store.ts'

/** Seconds by which the clocks of the server's machines may differ. */
const MARGIN_SECONDS = 60
/** How many rows a purge removes at most, so that it never holds the store for long. */
const MOST_PURGED = 5000

/** @returns false where this device used that `jti` before */
export async function rememberProof(
  store: Store,
  device: DeviceId,
  { jti, iat }: { jti: string; iat: number },
): Promise<boolean> {
  const result = await store.write((tx) =>
    tx
      .insertInto('used_proofs')
      .values({ device_id: device, jti, expires_at: (iat + PROOF_WINDOW_SECONDS + MARGIN_SECONDS) * 1000 })
      .onConflict((c) => c.columns(['device_id', 'jti']).doNothing())
      .executeTakeFirstOrThrow(),
  )
  return result.numInsertedOrUpdatedRows === 1n
}

/** Forgets proofs too old to be accepted anyway. @returns how many, at most a bounded number a call */
export async function purgeProofs(store: Store, now: number): Promise<number> {
  const bound = await store.read
    .selectFrom('used_proofs')
    .select('expires_at')
    .where('expires_at', '<', now)
    .orderBy('expires_at')
    .limit(1)
    .offset(MOST_PURGED)
    .executeTakeFirst()
  const result = await store.write((tx) =>
    tx
      .deleteFrom('used_proofs')
      .where('expires_at', '<', bound?.expires_at ?? now)
      .executeTakeFirstOrThrow(),
  )
  return Number(result.numDeletedRows)
}

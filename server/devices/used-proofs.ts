// Proofs that were used, by every process, for as long as they could be replayed.
import type { DeviceId } from '../../protocol/ids.ts'
import { PROOF_WINDOW_SECONDS } from '../../protocol/proof.ts'
import { purgeExpired } from '../store/purge-expired.ts'
import type { Store } from '../store/store.ts'

/** Seconds by which the clocks of the server's machines may differ. */
const MARGIN_SECONDS = 60

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
export const purgeProofs = (store: Store, now: number): Promise<number> => purgeExpired(store, 'used_proofs', now)

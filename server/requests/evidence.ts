// Decisions as their devices signed them, and the answers they got.
import type { DeviceId } from '../../protocol/ids.ts'
import { decisive, prepared } from '../store/prepared.ts'
import type { Db, DecisionsTable } from '../store/schema.ts'

const insert = decisive((db, v: DecisionsTable) => {
  const { device_id, jti, request_id, jws, binding, status, answer, at } = v
  return db
    .insertInto('decisions')
    .values({ device_id, jti, request_id, jws, binding, status, answer, at })
    .onConflict((c) => c.columns(['device_id', 'jti']).doNothing())
})

/** @returns false where this device used that `jti` in the same moment for something else */
export function keepEvidence(tx: Db, decision: DecisionsTable): Promise<boolean> {
  return insert(tx, decision)
}

const find = prepared((db, v: { device: DeviceId; jti: string }) =>
  db
    .selectFrom('decisions')
    .select(['jws', 'status', 'answer'])
    .where('device_id', '=', v.device)
    .where('jti', '=', v.jti),
)

/** What a device said under this `jti`, and what it was told. */
export async function knownDecision(db: Db, device: DeviceId, jti: string) {
  return (await find(db, { device, jti })).rows[0]
}

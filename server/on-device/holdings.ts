// Whose tokens a device holds: what it may see, and for whom it can approve.
import type { DeviceId, UserId } from '../../protocol/ids.ts'
import { prepared } from '../store/prepared.ts'
import type { Db } from '../store/schema.ts'

const tokensHeld = prepared((db, v: { device: DeviceId }) =>
  db
    .selectFrom('tokens')
    .select(['id', 'user_id', 'state'])
    .where('device_id', '=', v.device)
    .where('state', '!=', 'revoked'),
)

export type Holdings = {
  users: UserId[]
  /** of which it can approve for these: whoever holds only what is suspended sees nothing of the person's */
  trusted: UserId[]
  /** tokens */
  active: Set<string>
}

export async function holdings(db: Db, device: DeviceId): Promise<Holdings> {
  const { rows: tokens } = await tokensHeld(db, { device })
  const active = tokens.filter(({ state }) => state === 'active')
  return { users: usersOf(tokens), trusted: usersOf(active), active: new Set(active.map(({ id }) => id)) }
}

const usersOf = (tokens: readonly { user_id: UserId }[]) => [...new Set(tokens.map(({ user_id }) => user_id))]

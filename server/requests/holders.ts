// Whom a request can ask: the tokens of a user, and what each of them asks for.
import type { DeviceId, UserId } from '../../protocol/ids.ts'
import type { NumberDigits } from '../../protocol/login-request.ts'
import { prepared } from '../store/prepared.ts'
import type { Db, Target } from '../store/schema.ts'

export type Holder = Target & { number_matching: number; number_digits: NumberDigits; subscribed: DeviceId | null }

const holders = prepared((db, v: { user: UserId }) =>
  db
    .selectFrom('tokens')
    .innerJoin('devices', 'devices.id', 'tokens.device_id')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .leftJoin('subscriptions', 'subscriptions.device_id', 'tokens.device_id')
    .select(['tokens.id as token', 'tokens.device_id as device', 'tokens.unlock', 'tokens.approval'])
    .select(['tokens.number_matching', 'tokens.number_digits', 'subscriptions.device_id as subscribed'])
    .where('tokens.user_id', '=', v.user)
    .where('tokens.state', '=', 'active')
    .where('devices.state', '=', 'active')
    .where('users.state', '=', 'active')
    .orderBy('tokens.created_at'),
)

/** Every active token of the user with its device, oldest first; none of somebody suspended. */
export async function holdersOf(db: Db, user: UserId): Promise<Holder[]> {
  return (await holders(db, { user })).rows
}

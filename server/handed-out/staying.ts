// Whether the account page at which something is reported goes on, when all else ends. Attack stopped: an intruder there
// says of the owner's new device that it is none of theirs, and is then alone in the account.
import type { Db } from '../store/schema.ts'

/**
 * Only where a device that was there before it has confirmed, since it happened, that its person is at the page.
 * @param happened milliseconds: when that was which is reported
 */
export async function mayStay(tx: Db, session: string, happened: number): Promise<boolean> {
  const found = await tx
    .selectFrom('account_sessions')
    .innerJoin('login_requests', 'login_requests.id', 'account_sessions.request_id')
    .innerJoin('tokens', 'tokens.id', 'login_requests.decided_by_token')
    .select('account_sessions.id')
    .where('account_sessions.id', '=', session)
    .where('login_requests.created_at', '>', happened)
    .where('tokens.created_at', '<', happened)
    .where('tokens.state', '=', 'active')
    .executeTakeFirst()
  return found !== undefined
}

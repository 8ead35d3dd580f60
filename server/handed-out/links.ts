// Links that are worth nothing any more, in the transaction of whatever is done about their person or about the device
// that made them; what of them has not left by mail never leaves. Attack stopped: whoever held an open phone makes a
// link, and uses it when the phone is long gone.
import type { EnrolmentId, TokenId, UserId } from '../../protocol/ids.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import { cancelMailsAbout } from '../mail/outbox.ts'
import type { Db } from '../store/schema.ts'

/** A new link makes those that the person still had worthless. */
export async function withdrawOthers(tx: Db, user: UserId, at: number, by: Actor): Promise<void> {
  await withdraw(tx, { user, at }, { by, detail: { replaced: true } })
}

/** All that the person still has, whoever made them. @returns whether there was one */
export async function withdrawAllLinks(
  tx: Db,
  { user, at, because }: { user: UserId; at: number; because: 'report' | 'suspended' },
): Promise<boolean> {
  return withdraw(tx, { user, at }, { detail: { because } })
}

/**
 * Those that the person's own devices made, or one token of theirs; what the organisation made for them stays.
 * @param links.by a token that approves no more
 */
export async function withdrawOwnLinks(
  tx: Db,
  { user, at, by = 'a device' }: { user: UserId; at: number; by?: MadeBy },
): Promise<void> {
  const because = by === 'a device' ? 'access-ended' : 'token-ended'
  await withdraw(tx, { user, at, by }, { detail: { because } })
}

type Which = { user: UserId; at: number; by?: MadeBy }
type Why = { by?: Actor; detail: Record<string, unknown> }

async function withdraw(tx: Db, { user, at, by }: Which, { detail, ...who }: Why): Promise<boolean> {
  const open = await withdrawOpenOf(tx, user, at, by)
  for (const enrolment of open) {
    await cancelMailsAbout(tx, enrolment, at)
    await record(tx, { at, kind: 'enrolment-withdrawn', user, ...who, detail: { enrolment, ...detail } })
  }
  return open.length > 0
}

/** A token, or any device of the person's own. */
type MadeBy = TokenId | 'a device'

/** All of a person's that are still good, or those of them that were made by it. @returns them */
async function withdrawOpenOf(tx: Db, user: UserId, now: number, by?: MadeBy): Promise<EnrolmentId[]> {
  const rows = await tx
    .updateTable('enrolments')
    .set({ server_private_key: null })
    .where('user_id', '=', user)
    .where('activated_at', 'is', null)
    .where('server_private_key', 'is not', null)
    .where('expires_at', '>', now)
    .$if(by === 'a device', (query) => query.where('made_by_token', 'is not', null))
    .$if(by !== undefined && by !== 'a device', (query) => query.where('made_by_token', '=', by as TokenId))
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

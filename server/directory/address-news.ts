// The organisation's address of somebody is another one: their devices hear of it, and the address before. Attack
// stopped: links and notices that go to a stranger unseen.
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { AddressNewsTable } from '../store/account-tables.ts'
import type { Db } from '../store/schema.ts'
import type { Announce, Store } from '../store/store.ts'
import type { UserChanges, UserRow } from './rows.ts'

type Telling = TellNeeds & { announce: Announce }

export const isMoved = (seen: UserRow, { email }: UserChanges) => email !== undefined && email !== seen.email

/** Of another user name, and of another address. */
export async function tellOfChanges(tx: Db, needs: Telling, seen: UserRow, changes: UserChanges): Promise<void> {
  if (changes.username_key !== undefined && changes.username_key !== seen.username_key)
    await tell(tx, needs, { user: seen.id, kind: 'renamed' })
  if (isMoved(seen, changes)) await tellMoved(tx, needs, { user_id: seen.id, formerly: seen.email ?? '' })
}

function tellMoved(
  tx: Db,
  needs: Telling,
  { user_id: user, formerly }: Pick<AddressNewsTable, 'user_id' | 'formerly'>,
) {
  return tell(tx, needs, { user, kind: 'addresses-changed', formerly: formerly === '' ? [] : [formerly] })
}

/** Many at once are told later: neither who signs in nor their mails may wait behind a file of everybody. */
export async function noteMoved(tx: Db, moved: readonly UserRow[], at: number): Promise<void> {
  await tx
    .insertInto('address_news')
    .values(moved.map(({ id, email }) => ({ user_id: id, formerly: email ?? '', at })))
    .onConflict((c) => c.columns(['user_id', 'formerly']).doNothing())
    .execute()
}

const AT_ONCE = 50
const BATCHES = 4

/** Who was noted longest ago first, 200 at most. Of two processes one tells each. */
export async function tellNoted(needs: TellNeeds & { store: Store }): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch++) {
    const noted = await needs.store.read
      .selectFrom('address_news')
      .selectAll()
      .orderBy('at')
      .orderBy('user_id')
      .limit(AT_ONCE)
      .execute()
    if (noted.length === 0) return
    await needs.store.write(async (tx, announce) => {
      for (const news of noted) if (await isTaken(tx, news)) await tellMoved(tx, { ...needs, announce }, news)
    })
  }
}

async function isTaken(tx: Db, { user_id, formerly }: AddressNewsTable): Promise<boolean> {
  const gone = await tx
    .deleteFrom('address_news')
    .where('user_id', '=', user_id)
    .where('formerly', '=', formerly)
    .executeTakeFirstOrThrow()
  return gone.numDeletedRows === 1n
}

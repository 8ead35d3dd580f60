// A user name that somebody gave up is given to nobody else for a day but by an operator. Attack stopped: a directory, or
// whoever has its token, calls one person by the name of another: what asks for her then rings at his device, and he is
// let in as her. By then she was told, and has said that it wasn't she.
import type { UserId } from '../../protocol/ids.ts'
import { NOTICE_WINDOW_MS } from '../../protocol/notices.ts'
import { Problem } from '../../protocol/problems.ts'
import { digest } from '../store/digest.ts'
import { purgeExpired } from '../store/purge-expired.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

type Given = { username_key: string; user: UserId }

/** Kept so that nobody reads in it what somebody was called who has been removed. */
const hashOf = (key: string) => digest(`former name:${key}`)

/** From now on, in the transaction in which it is given up. */
export async function holdName(tx: Db, { username_key, user }: Given, now: number): Promise<void> {
  const held = { user_id: user, expires_at: now + NOTICE_WINDOW_MS }
  await tx
    .insertInto('former_names')
    .values({ hash: hashOf(username_key), ...held })
    .onConflict((c) => c.column('hash').doUpdateSet(held))
    .execute()
}

export async function isHeldFromOthers(db: Db, { username_key, user }: Given, now: number): Promise<boolean> {
  const held = await db
    .selectFrom('former_names')
    .select('hash')
    .where('hash', '=', hashOf(username_key))
    .where('user_id', '!=', user)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return held !== undefined
}

/** After the name was written, so that whoever gives it up at the same moment has done so. @throws {Problem} username-taken */
export async function refuseHeld(tx: Db, given: Given, now: number): Promise<void> {
  if (!(await isHeldFromOthers(tx, given, now))) return
  const detail =
    'That was somebody else’s user name within the last 24 hours. Try again later, or let an operator do it.'
  throw new Problem('username-taken', { detail })
}

/** Forgets those that are free again; @returns how many, at most a bounded number a call */
export const purgeFormerNames = (store: Store, now: number): Promise<number> => purgeExpired(store, 'former_names', now)

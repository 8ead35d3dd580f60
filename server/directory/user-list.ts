// Everybody, in pages: by user name, or by the words of a search.
import * as z from 'zod/mini'
import { userId } from '../../protocol/ids.ts'
import { usernameKey } from '../../protocol/text.ts'
import { cursorText, cursorTo, placeIn } from '../store/cursor.ts'
import type { Store } from '../store/store.ts'
import { type UserFilter, type UserRow, usersAfter } from './rows.ts'
import { usersByWords } from './search.ts'

const PAGE = 100

export type UserPage = { users: UserRow[]; next: string | null }

/**
 * In the order of user names; after all whose user name begins with what is looked for, those of whose words each of its
 * words is the beginning. A page can be short, or empty, and yet not the last: `next` says.
 * @param asked.search in any spelling @throws {Problem} invalid where the cursor is not one of ours
 */
export async function listUsers(
  { store: { read } }: { store: Pick<Store, 'read'> },
  { search = '', cursor, ...filter }: UserFilter & { search?: string | undefined; cursor?: string | undefined } = {},
): Promise<UserPage> {
  const place: z.infer<typeof placeInList> = cursor === undefined ? {} : placeIn(cursor, placeInList)
  const prefix = usernameKey(search)
  const users = 'word' in place ? [] : await usersAfter(read, { after: place.name, prefix, ...filter }, PAGE + 1)
  const last = users[PAGE - 1]
  if (users.length > PAGE && last) return { users: users.slice(0, PAGE), next: cursorTo({ name: last.username_key }) }
  const words = prefix.split(/\s+/).filter(Boolean)
  const found = await usersByWords(read, { words, after: 'word' in place ? place : undefined, ...filter }, PAGE)
  // They stand on the pages before.
  const more = found.users.filter(({ username_key }) => !username_key.startsWith(prefix))
  return { users: [...users, ...more], next: found.next ? cursorTo(found.next) : null }
}

const placeInList = z.union([
  z.strictObject({ word: cursorText, user: userId }),
  z.strictObject({ name: z.optional(cursorText) }),
])

// People found by the beginnings of their words, page by page, however common a word is and however many people there are.
import { sql } from 'kysely'
import type { UserId } from '../../protocol/ids.ts'
import { nameWords } from '../../protocol/name-words.ts'
import { countRows } from '../store/count-rows.ts'
import type { Db } from '../store/schema.ts'
import { filtered, LAST, type UserFilter, type UserRow } from './rows.ts'

/** How far a search has come: the word by which somebody was found, and who it was. */
export type Place = { word: string; user: UserId }

/** Rows of the rarest word that are looked at in a step, and steps in a call: beyond that the next page goes on. */
const STEP = 1000
const MOST_STEPS = 5
/** Which of two words is rarer nobody needs to know beyond that. */
const COMMON = 2000

/**
 * Who has words that begin with each of these.
 * @param words compared as user names are
 * @returns fewer than a page, and yet where to go on, where much was looked at and little found
 */
export async function usersByWords(
  db: Db,
  { words, after, ...filter }: UserFilter & { words: readonly string[]; after?: Place | undefined },
  limit: number,
): Promise<{ users: UserRow[]; next: Place | undefined }> {
  const [rarest, ...others] = await byRarity(db, words)
  if (rarest === undefined) return { users: [], next: undefined }
  const found: { user: UserRow; place: Place }[] = []
  let seen = after
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const places = await placesAfter(db, rarest, seen)
    const users = await whoOf(db, places, others, filter)
    for (const place of places) {
      const user = users.get(place.user)
      if (user && isFirst(user, place.word, rarest)) found.push({ user, place })
    }
    seen = places.at(-1)
    if (found.length > limit || seen === undefined || places.length < STEP) break
  }
  const page = found.slice(0, limit)
  const isWhole = seen === undefined || (await placesAfter(db, rarest, seen, 1)).length === 0
  const next = found.length > limit ? page.at(-1)?.place : isWhole ? undefined : seen
  return { users: page.map(({ user }) => user), next }
}

async function byRarity(db: Db, words: readonly string[]): Promise<string[]> {
  if (words.length < 2) return [...words]
  const counted = await Promise.all(
    [...new Set(words)].map(async (word) => ({ word, count: await countedUpTo(db, word, COMMON) })),
  )
  return counted.sort((a, b) => a.count - b.count || b.word.length - a.word.length).map(({ word }) => word)
}

async function countedUpTo(db: Db, prefix: string, most: number): Promise<number> {
  const some = db
    .selectFrom('user_words')
    .select('word')
    .where('word', '>=', prefix)
    .where('word', '<', prefix + LAST)
  return countRows(db, some.limit(most))
}

async function placesAfter(db: Db, prefix: string, after: Place | undefined, limit = STEP): Promise<Place[]> {
  let query = db
    .selectFrom('user_words')
    .select(['word', 'user_id as user'])
    .where('word', '>=', prefix)
    .where('word', '<', prefix + LAST)
    .orderBy('word')
    .orderBy('user_id')
    .limit(limit)
  if (after) query = query.where((e) => e(e.refTuple('word', 'user_id'), '>', e.tuple(after.word, after.user)))
  return query.execute()
}

/** Those of them who have the other words too. */
async function whoOf(
  db: Db,
  places: readonly Place[],
  others: readonly string[],
  { state, ...narrowing }: UserFilter,
): Promise<Map<UserId, UserRow>> {
  const ids = await withWords(db, [...new Set(places.map(({ user }) => user))], others)
  if (ids.length === 0) return new Map()
  let query = (await filtered(db, narrowing)).where('users.id', 'in', ids)
  // As no index has it: SQLite would go through everybody who is in that state.
  if (state !== undefined) query = query.where(sql`users.state || ''`, '=', state)
  return new Map((await query.execute()).map((row) => [row.id, row]))
}

/**
 * Those of them of whose words each of these is the beginning.
 * @param people at most some thousands @param words compared as user names are
 */
export async function withWords(db: Db, people: readonly UserId[], words: readonly string[]): Promise<UserId[]> {
  let ids = [...people]
  // One word after another, from the index alone: few of those who have the first have all of them.
  for (const word of words) ids = await withWord(db, ids, word)
  return ids
}

async function withWord(db: Db, ids: UserId[], word: string): Promise<UserId[]> {
  if (ids.length === 0) return []
  const found = await db
    .selectFrom('user_words')
    .select('user_id')
    .distinct()
    .where('user_id', 'in', ids)
    .where('word', '>=', word)
    .where('word', '<', word + LAST)
    .execute()
  return found.map(({ user_id }) => user_id)
}

/** Somebody with several such words is found by the first of them alone. */
function isFirst(user: UserRow, word: string, prefix: string): boolean {
  const own = nameWords({ username: user.username, displayName: user.display_name, email: user.email })
  return !own.some((other) => other.startsWith(prefix) && isBefore(other, word))
}

/** As both engines compare. */
const isBefore = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0

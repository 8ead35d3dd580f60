// Signs of an attack on one person as operators see them: who has taken one, and that it is dealt with.
import { timeOrNull, timestamp } from '../../protocol/login-request.ts'
import type { SignList, SignView } from '../../protocol/operator-api/signs.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { paged, timeIn } from '../store/cursor.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { SignsTable } from '../store/watch-tables.ts'

type Needs = { store: Store; clock: Clock }

const DAY = 24 * 60 * 60 * 1000
const PAGE = 100
const MOST_PURGED = 1000

const named = (db: Db) =>
  db.selectFrom('signs').innerJoin('users', 'users.id', 'signs.user_id').selectAll('signs').select('users.username')

const open = (db: Db, kind: SignsTable['kind'], now: number) =>
  named(db)
    .where('signs.state', '=', 'open')
    .where('signs.kind', '=', kind)
    .where('signs.at', '>', now - DAY)

type Asked = { kind: SignsTable['kind']; cursor?: string | undefined; most?: number }

/** Newest first. @throws {Problem} invalid where the cursor is not one of ours */
export async function listSigns(
  { store: { read }, clock }: Needs,
  { kind, cursor, most = PAGE }: Asked,
): Promise<SignList> {
  const now = clock.now()
  const all = open(read, kind, now)
  const after = timeIn(cursor)
  const following = after
    ? all
        .where('signs.at', '<=', after.at)
        .where((e) => e.or([e('signs.at', '<', after.at), e('signs.id', '<', after.id as SignsTable['id'])]))
    : all
  const rows = await following
    .orderBy('signs.at', 'desc')
    .orderBy('signs.id', 'desc')
    .limit(most + 1)
    .execute()
  const { rows: signs, next } = paged(rows, most, ({ at }) => at)
  const counted = await read
    .selectFrom('signs')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('state', '=', 'open')
    .where('kind', '=', kind)
    .where('at', '>', now - DAY)
    .executeTakeFirstOrThrow()
  return {
    count: Number(counted.count),
    signs: signs.map(view),
    next,
  }
}

function view(row: SignsTable & { username: string }): SignView {
  return {
    id: row.id,
    version: row.version,
    kind: row.kind,
    user: { id: row.user_id, username: row.username },
    since: timestamp(row.since),
    at: timestamp(row.at),
    denials: row.denials,
    takenAt: timeOrNull(row.taken_at),
    takenBy: row.taken_by,
  }
}

/** Of one that is open. @throws {Problem} unknown-sign */
export async function signVersion({ store }: Pick<Needs, 'store'>, id: string): Promise<number> {
  const row = await named(store.read)
    .where('signs.id', '=', id as SignsTable['id'])
    .where('signs.state', '=', 'open')
    .executeTakeFirst()
  if (!row) throw new Problem('unknown-sign')
  return row.version
}

type Seen = { id: SignsTable['id']; version: number }

/** @throws {Problem} unknown-sign, changed-meanwhile */
async function change(
  { store, clock }: Needs,
  { id, version }: Seen,
  changes: Partial<SignsTable>,
  { kind, by }: { kind: 'sign-taken' | 'sign-closed'; by: Actor },
): Promise<SignView> {
  const row = await named(store.read).where('signs.id', '=', id).where('signs.state', '=', 'open').executeTakeFirst()
  if (!row) throw new Problem('unknown-sign')
  const next = { ...changes, version: version + 1 }
  await store.write(async (tx) => {
    const seen = tx.updateTable('signs').set(next).where('id', '=', id).where('version', '=', version)
    const { numUpdatedRows } = await seen.where('state', '=', 'open').executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) throw new Problem('changed-meanwhile')
    await record(tx, { at: clock.now(), kind, user: row.user_id, by, detail: { sign: id, what: row.kind } })
  })
  return view({ ...row, ...next })
}

/** Taking over from somebody is allowed. @throws {Problem} unknown-sign, changed-meanwhile */
export const takeSign = (needs: Needs, seen: Seen, by: Actor): Promise<SignView> =>
  change(needs, seen, { taken_at: needs.clock.now(), taken_by: by.name }, { kind: 'sign-taken', by })

/** What follows is a sign of its own. @throws {Problem} unknown-sign, changed-meanwhile */
export const closeSign = (needs: Needs, seen: Seen, by: Actor): Promise<SignView> =>
  change(
    needs,
    seen,
    { state: 'closed', closed_at: needs.clock.now(), closed_by: by.name },
    { kind: 'sign-closed', by },
  )

/** Forgets, in small steps, those from before `before`. @returns how many */
export async function purgeSigns(store: Store, before: number): Promise<number> {
  const old = await store.read.selectFrom('signs').select('id').where('at', '<', before).limit(MOST_PURGED).execute()
  if (old.length === 0) return 0
  const ids = old.map(({ id }) => id)
  await store.write((tx) => tx.deleteFrom('signs').where('id', 'in', ids).execute())
  return old.length
}

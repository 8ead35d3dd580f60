// A group as another directory has it: its name and who is in it, in one transaction. What is so already is left alone.
import type { GroupId, RandomBytes, UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { usernameKey } from '../../protocol/text.ts'
import type { Actor } from '../audit/actor.ts'
import { type AuditEntry, record, recordAll } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { orNotUnique } from '../store/not-unique.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { addGroup, type GroupRow, groupNames, knownGroup } from './groups.ts'
import { deleteMembers, insertMembers } from './members.ts'

/** `only`: exactly these, before the others join and leave. */
export type MemberChanges = { only?: ReadonlySet<UserId>; join: ReadonlySet<UserId>; leave: ReadonlySet<UserId> }

type Needs = { store: Store; clock: Clock }
type Names = { name?: string | undefined; externalId?: string | null | undefined }
type Movements = { joining: UserId[]; leaving: UserId[] }

/** Both engines have a bound on the values of one statement. */
const AT_ONCE = 500

/** A new group with people in it. @throws {Problem} invalid, group-name-taken, unknown-user */
export function addGroupOf(
  needs: Needs & { random: RandomBytes },
  { members, ...asked }: { name: string; externalId: string | null; members: ReadonlySet<UserId> },
  by: Actor,
): Promise<GroupRow> {
  const moves = { joining: [...members], leaving: [] }
  return addGroup(needs, asked, by, (tx, row) => move(tx, row.id, moves, { at: row.created_at, by }))
}

/**
 * @param seen as the caller saw it; where members move, the row is compared too
 * @throws {Problem} invalid, changed-meanwhile, group-name-taken, unknown-user
 */
export async function alignGroup(
  { store, clock }: Needs,
  { seen, members, ...asked }: Names & { seen: GroupRow; members?: MemberChanges | undefined },
  by: Actor,
): Promise<GroupRow> {
  const columns = columnsOf(seen, asked)
  const isMoving = members !== undefined && hasAny(await movements(store.read, seen.id, members))
  if (!columns && !isMoving) return seen
  const at = clock.now()
  const aligned = store.write(async (tx) => {
    const row = await writeRow(
      tx,
      seen,
      { ...columns, ...(isMoving && { members_version: seen.members_version + 1 }) },
      at,
    )
    if (columns) {
      const detail = { group: seen.id, from: seen.name, to: row.name }
      await record(tx, { at, kind: 'group-changed', by, detail })
    }
    if (members && isMoving) await move(tx, seen.id, await movements(tx, seen.id, members), { at, by })
    return row
  })
  const row = await orNotUnique(aligned)
  if (!row) throw new Problem('group-name-taken')
  return row
}

/** Undefined where all is so already. @throws {Problem} invalid */
function columnsOf(seen: GroupRow, { name = seen.name, externalId = seen.external_id }: Names) {
  const parsed = parseOrRefuse(groupNames, { name, externalId })
  const wanted = { name: parsed.name.trim(), external_id: parsed.externalId ?? null }
  if (wanted.name === seen.name && wanted.external_id === seen.external_id) return undefined
  return { ...wanted, name_key: usernameKey(wanted.name), version: seen.version + 1 }
}

/** @throws {Problem} changed-meanwhile */
async function writeRow(tx: Db, seen: GroupRow, changes: Partial<GroupRow>, at: number): Promise<GroupRow> {
  const changed = await tx
    .updateTable('groups')
    .set({ ...changes, changed_at: at })
    .where('id', '=', seen.id)
    .where('version', '=', seen.version)
    .where('members_version', '=', seen.members_version)
    .executeTakeFirstOrThrow()
  if (changed.numUpdatedRows === 1n) return { ...seen, ...changes, changed_at: at }
  await knownGroup(tx, seen.id)
  throw new Problem('changed-meanwhile')
}

const hasAny = ({ joining, leaving }: Movements) => joining.length + leaving.length > 0

/** Who is to join that is not in, and who is to leave that is. */
async function movements(db: Db, group: GroupId, { only, join, leave }: MemberChanges): Promise<Movements> {
  const wanted = only ? new Set([...only, ...join].filter((user) => !leave.has(user))) : undefined
  const inside = wanted ? await allMembers(db, group) : await membersAmong(db, group, [...join, ...leave])
  return {
    joining: [...(wanted ?? join)].filter((user) => !inside.has(user)),
    leaving: [...inside].filter((user) => (wanted ? !wanted.has(user) : leave.has(user))),
  }
}

async function allMembers(db: Db, group: GroupId): Promise<Set<UserId>> {
  const rows = await db.selectFrom('group_members').select('user_id').where('group_id', '=', group).execute()
  return new Set(rows.map(({ user_id }) => user_id))
}

async function membersAmong(db: Db, group: GroupId, users: readonly UserId[]): Promise<Set<UserId>> {
  const inside = new Set<UserId>()
  for (const some of inParts(users)) {
    const query = db.selectFrom('group_members').select('user_id').where('group_id', '=', group)
    for (const { user_id } of await query.where('user_id', 'in', some).execute()) inside.add(user_id)
  }
  return inside
}

async function move(
  tx: Db,
  group: GroupId,
  { joining, leaving }: Movements,
  { at, by }: { at: number; by: Actor },
): Promise<void> {
  const entries = (kind: AuditEntry['kind'], users: readonly UserId[]) =>
    users.map((user): AuditEntry => ({ at, kind, user, by, detail: { group } }))
  for (const users of inParts(joining)) {
    await refuseUnknown(tx, users)
    await insertMembers(
      tx,
      users.map((user_id) => ({ group_id: group, user_id })),
    )
    await recordAll(tx, entries('group-member-added', users))
  }
  for (const users of inParts(leaving)) {
    await deleteMembers(tx, group, users)
    await recordAll(tx, entries('group-member-removed', users))
  }
}

/** @throws {Problem} unknown-user */
async function refuseUnknown(tx: Db, users: readonly UserId[]): Promise<void> {
  const { known } = await tx
    .selectFrom('users')
    .select((e) => e.fn.countAll<number>().as('known'))
    .where('id', 'in', users)
    .executeTakeFirstOrThrow()
  if (Number(known) !== users.length) throw new Problem('unknown-user')
}

function* inParts<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += AT_ONCE) yield all.slice(at, at + AT_ONCE)
}

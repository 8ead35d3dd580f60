// Groups: people gathered under a name, for policies and applications to speak of.
import type { Selectable } from 'kysely'
import * as z from 'zod/mini'
import { type GroupId, newId, type RandomBytes, type UserId } from '../../protocol/ids.ts'
import { MOST_MEMBERS } from '../../protocol/operator-api/groups.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { plainText, usernameKey } from '../../protocol/text.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { cursorTo, textIn } from '../store/cursor.ts'
import type { GroupsTable } from '../store/group-tables.ts'
import { orNotUnique } from '../store/not-unique.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { membersUpTo } from './narrowed.ts'

export type GroupRow = Selectable<GroupsTable>
type Needs = { store: Store; clock: Clock }

export const groupNames = z.object({
  name: plainText(1, 64).check(z.refine((name) => usernameKey(name) !== '', 'must not be blank')),
  externalId: z.optional(z.nullable(plainText(1, 256))),
})

/** Whose the person is, in the order of names. */
export function groupsOf(db: Db, user: UserId): Promise<GroupRow[]> {
  return db
    .selectFrom('groups')
    .innerJoin('group_members', 'group_members.group_id', 'groups.id')
    .selectAll('groups')
    .where('group_members.user_id', '=', user)
    .orderBy('groups.name_key')
    .execute()
}

/** Of many people at once. */
export async function groupsOfEach(db: Db, users: readonly UserId[]): Promise<Map<UserId, GroupRow[]>> {
  const groups = new Map<UserId, GroupRow[]>()
  if (users.length === 0) return groups
  const rows = await db
    .selectFrom('groups')
    .innerJoin('group_members', 'group_members.group_id', 'groups.id')
    .selectAll('groups')
    .select('group_members.user_id')
    .where('group_members.user_id', 'in', users)
    .orderBy('groups.name_key')
    .execute()
  for (const { user_id, ...group } of rows) groups.set(user_id, [...(groups.get(user_id) ?? []), group])
  return groups
}

/** @see MOST_MEMBERS */
export type CountedGroup = GroupRow & { members: number }

const PAGE = 100

/** In the order of names. @throws {Problem} invalid where the cursor is not one of ours */
export async function listGroups(
  { store: { read } }: Pick<Needs, 'store'>,
  cursor?: string,
): Promise<{ groups: CountedGroup[]; next: string | null }> {
  let query = read
    .selectFrom('groups')
    .selectAll()
    .orderBy('name_key')
    .limit(PAGE + 1)
  if (cursor !== undefined) query = query.where('name_key', '>', textIn(cursor))
  const rows = await query.execute()
  const groups = await Promise.all(rows.slice(0, PAGE).map((row) => counted(read, row)))
  return { groups, next: rows.length > PAGE ? cursorTo(groups.at(-1)?.name_key ?? '') : null }
}

/** @throws {Problem} unknown-group */
export async function countedGroup(db: Db, id: GroupId): Promise<CountedGroup> {
  return counted(db, await knownGroup(db, id))
}

async function counted(db: Db, row: GroupRow): Promise<CountedGroup> {
  return { ...row, members: await membersUpTo(db, [row.id], MOST_MEMBERS) }
}

/** @throws {Problem} unknown-group */
export async function knownGroup(db: Db, id: GroupId): Promise<GroupRow> {
  const row = await db.selectFrom('groups').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw new Problem('unknown-group')
  return row
}

export async function groupByName(db: Db, name: string): Promise<GroupRow | undefined> {
  return db.selectFrom('groups').selectAll().where('name_key', '=', usernameKey(name)).executeTakeFirst()
}

/** @throws {Problem} unknown-group */
export async function knownGroupByName(db: Db, name: string): Promise<GroupRow> {
  const row = await groupByName(db, name)
  if (!row) throw new Problem('unknown-group')
  return row
}

/** @param also more to write with it @throws {Problem} invalid, group-name-taken */
export async function addGroup(
  { store, clock, random }: Needs & { random: RandomBytes },
  asked: z.infer<typeof groupNames>,
  by: Actor,
  also?: (tx: Db, row: GroupRow) => Promise<void>,
): Promise<GroupRow> {
  const { name, externalId } = parseOrRefuse(groupNames, asked)
  const row: GroupRow = {
    id: newId('grp', random),
    name: name.trim(),
    name_key: usernameKey(name),
    version: 1,
    external_id: externalId ?? null,
    created_at: clock.now(),
    members_version: 1,
    changed_at: clock.now(),
  }
  await store.write(async (tx) => {
    const added = await tx
      .insertInto('groups')
      .values(row)
      .onConflict((c) => c.column('name_key').doNothing())
      .executeTakeFirstOrThrow()
    if (added.numInsertedOrUpdatedRows !== 1n) throw new Problem('group-name-taken')
    await record(tx, { at: row.created_at, kind: 'group-added', by, detail: { group: row.id, name: row.name } })
    await also?.(tx, row)
  })
  return row
}

/** @throws {Problem} invalid, unknown-group, changed-meanwhile, group-name-taken */
export async function renameGroup(
  { store, clock }: Needs,
  { id, version, ...asked }: { id: GroupId; version: number; name: string; externalId?: string | null | undefined },
  by: Actor,
): Promise<GroupRow> {
  const { name, externalId } = parseOrRefuse(groupNames, asked)
  const seen = await knownGroup(store.read, id)
  const changes = {
    name: name.trim(),
    name_key: usernameKey(name),
    ...(externalId !== undefined && { external_id: externalId }),
    version: version + 1,
    changed_at: clock.now(),
  }
  const renamed = store.write(async (tx) => {
    const changed = await tx
      .updateTable('groups')
      .set(changes)
      .where('id', '=', id)
      .where('version', '=', version)
      .executeTakeFirstOrThrow()
    if (changed.numUpdatedRows !== 1n) throw new Problem('changed-meanwhile')
    await record(tx, { at: clock.now(), kind: 'group-changed', by, detail: { group: id, from: seen.name, to: name } })
    return { ...seen, ...changes }
  })
  const row = await orNotUnique(renamed)
  if (!row) throw new Problem('group-name-taken')
  return row
}

/** Its members stay in the directory. @throws {Problem} unknown-group */
export async function removeGroup({ store, clock }: Needs, id: GroupId, by: Actor): Promise<void> {
  await store.write(async (tx) => {
    const { name } = await knownGroup(tx, id)
    await tx.deleteFrom('group_members').where('group_id', '=', id).execute()
    // What was open to this group alone is open to nobody from now on: never, by that, to everybody.
    await tx.deleteFrom('application_groups').where('group_id', '=', id).execute()
    await tx.deleteFrom('groups').where('id', '=', id).execute()
    await record(tx, { at: clock.now(), kind: 'group-removed', by, detail: { group: id, name } })
  })
}

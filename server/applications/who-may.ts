// Who may sign in to an application: everybody, or the members of its groups.
import type { ApplicationId, GroupId, UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { prepared } from '../store/prepared.ts'
import type { Db } from '../store/schema.ts'

const membership = prepared((db, v: { application: ApplicationId; user: UserId }) =>
  db
    .selectFrom('group_members')
    .innerJoin('application_groups', 'application_groups.group_id', 'group_members.group_id')
    .select('group_members.user_id')
    .where('group_members.user_id', '=', v.user)
    .where('application_groups.application_id', '=', v.application)
    .limit(1),
)

/** An application that is open to everybody asks nothing of the store. */
export async function mayUse(
  db: Db,
  { id, restricted = 0 }: { id: ApplicationId; restricted?: number },
  user: UserId,
): Promise<boolean> {
  return restricted === 0 || (await membership(db, { application: id, user })).rows.length > 0
}

export type NamedGroup = { id: GroupId; name: string }

/** In the order of names, by application. */
export async function groupsByApplication(db: Db, one?: ApplicationId): Promise<Map<ApplicationId, NamedGroup[]>> {
  let query = db
    .selectFrom('application_groups')
    .innerJoin('groups', 'groups.id', 'application_groups.group_id')
    .select(['application_groups.application_id', 'groups.id', 'groups.name'])
    .orderBy('groups.name_key')
  if (one !== undefined) query = query.where('application_groups.application_id', '=', one)
  const byApplication = new Map<ApplicationId, NamedGroup[]>()
  for (const { application_id, id, name } of await query.execute()) {
    const groups = byApplication.get(application_id) ?? []
    groups.push({ id, name })
    byApplication.set(application_id, groups)
  }
  return byApplication
}

/** @throws {Problem} invalid, by the place of a group that is not there */
export async function putGroups(tx: Db, application: ApplicationId, groups: readonly GroupId[]): Promise<void> {
  const wanted = [...new Set(groups)]
  const found =
    wanted.length === 0 ? [] : await tx.selectFrom('groups').select('id').where('id', 'in', wanted).execute()
  const known = new Set(found.map(({ id }) => id))
  const faults = groups.flatMap((id, place) =>
    known.has(id) ? [] : [[`/groups/${place}`, 'must be a group there is']],
  )
  if (faults.length > 0) throw new Problem('invalid', { members: { errors: Object.fromEntries(faults) } })
  await tx.deleteFrom('application_groups').where('application_id', '=', application).execute()
  if (wanted.length === 0) return
  const rows = wanted.map((group_id) => ({ application_id: application, group_id }))
  await tx.insertInto('application_groups').values(rows).execute()
}

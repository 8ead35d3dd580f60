// The queries of policies.
import type { UserId } from '../../protocol/ids.ts'
import {
  isOfApplication,
  isOfGroup,
  isOfPerson,
  type Policy,
  type PolicyScope,
  withoutVain,
} from '../../protocol/policy.ts'
import type { PolicyVersionsTable } from '../store/policy-tables.ts'
import { prepared } from '../store/prepared.ts'
import type { Db } from '../store/schema.ts'

type PolicyRow = PolicyVersionsTable

/** Without what an application's may have said before that was refused: it never held. */
export const documentOf = ({ scope, document }: Pick<PolicyRow, 'scope' | 'document'>): Policy =>
  withoutVain(scope, JSON.parse(document) as Policy)

/** Of every document every version, oldest first: there are as many as operators have pressed Save. */
export function allVersions(db: Db): Promise<PolicyRow[]> {
  return db.selectFrom('policy_versions').selectAll().orderBy('scope').orderBy('version').execute()
}

/** Newest first. */
export function versionsOf(db: Db, scope: PolicyScope, most: number, before?: number): Promise<PolicyRow[]> {
  const query = db
    .selectFrom('policy_versions')
    .selectAll()
    .where('scope', '=', scope)
    .orderBy('version', 'desc')
    .limit(most)
  return (before === undefined ? query : query.where('version', '<', before)).execute()
}

export function versionRow(db: Db, scope: PolicyScope, version: number): Promise<PolicyRow | undefined> {
  return db
    .selectFrom('policy_versions')
    .selectAll()
    .where('scope', '=', scope)
    .where('version', '=', version)
    .executeTakeFirst()
}

/** @returns false where somebody wrote that version first */
export async function insertVersion(tx: Db, row: PolicyRow): Promise<boolean> {
  const added = await tx
    .insertInto('policy_versions')
    .values(row)
    .onConflict((c) => c.columns(['scope', 'version']).doNothing())
    .executeTakeFirstOrThrow()
  return added.numInsertedOrUpdatedRows === 1n
}

/** On the road of every sign-in, where any group has a policy. */
export const groupIdsOf = prepared((db, v: { user: UserId }) =>
  db.selectFrom('group_members').select('group_id').where('user_id', '=', v.user).orderBy('group_id'),
)

/** What groups, applications and people are called now; those that are gone are not in it. */
export async function namesOf(db: Db, scopes: readonly PolicyScope[]): Promise<Map<PolicyScope, string>> {
  const groups = scopes.filter(isOfGroup)
  const applications = scopes.filter(isOfApplication)
  const users = scopes.filter(isOfPerson)
  const people =
    users.length > 0 ? await db.selectFrom('users').select(['id', 'username']).where('id', 'in', users).execute() : []
  const named = [
    ...people.map(({ id, username }) => ({ id, name: username })),
    ...(groups.length > 0
      ? await db.selectFrom('groups').select(['id', 'name']).where('id', 'in', groups).execute()
      : []),
    ...(applications.length > 0
      ? await db.selectFrom('applications').select(['id', 'name']).where('id', 'in', applications).execute()
      : []),
  ]
  return new Map(named.map(({ id, name }) => [id, name]))
}

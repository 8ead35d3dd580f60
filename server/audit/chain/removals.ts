// Who was removed, for an export that shows less than the chain: their removal explains what is erased of them.
import type { UserId } from '../../../protocol/ids.ts'
import type { Db } from '../../store/schema.ts'
import { type Commitments, commitmentsOf, digestOf, type Salts } from './content.ts'
import { entryOf } from './seal.ts'

const AT_ONCE = 500

type Person = { user: string; last: number }

/** @param people with the last place of which something is erased @returns those whose removal came after it */
export async function removalsOf(db: Db, people: readonly Person[]): Promise<string[]> {
  const found = new Set<string>()
  for (let from = 0; from < people.length; from += AT_ONCE) {
    const some = people.slice(from, from + AT_ONCE)
    for (const user of await removedOf(db, some)) found.add(user)
  }
  return people.flatMap(({ user }) => (found.has(user) ? [user] : []))
}

async function removedOf(db: Db, people: readonly Person[]): Promise<string[]> {
  const last = new Map(people.map((one) => [one.user, one.last]))
  const ids = [...last.keys()] as UserId[]
  const sealed = await db
    .selectFrom('audit_seals')
    .innerJoin('audit', 'audit.position', 'audit_seals.position')
    .select(['audit.at', 'audit.kind', 'audit.user_id', 'audit.request_id', 'audit.device_id'])
    .select(['audit.application_id', 'audit.actor_id', 'audit.detail'])
    .select(['audit_seals.position', 'audit_seals.salts', 'audit_seals.erased', 'audit_seals.digest'])
    .where('audit_seals.user_id', 'in', ids)
    .where('audit_seals.kind', '=', 'user-removed')
    .where('audit.kind', '=', 'user-removed')
    .execute()
  // It becomes part of the chain within a second.
  const waiting = await db
    .selectFrom('audit')
    .select('user_id')
    .where('position', 'is', null)
    .where('kind', '=', 'user-removed')
    .where('user_id', 'in', ids)
    .execute()
  const proved = sealed.filter((row) => row.position > (last.get(row.user_id ?? '') ?? Infinity) && isAsSealed(row))
  return [...proved, ...waiting].flatMap(({ user_id }) => user_id ?? [])
}

type Sealed = Parameters<typeof entryOf>[0] & { salts: string; erased: string | null; digest: string }

/** Attack stopped: a removal that somebody wrote into the store behind the chain's back. */
function isAsSealed(row: Sealed): boolean {
  const entry = entryOf(row, null)
  const erased = row.erased === null ? {} : (JSON.parse(row.erased) as Commitments)
  const commitments = commitmentsOf(entry, JSON.parse(row.salts) as Salts, erased)
  return commitments !== undefined && digestOf(entry, commitments) === row.digest
}

// Whom a document would concern, and who could not sign in by push any more: before it is stored.
import { sql } from 'kysely'
import type { GroupId, UserId } from '../../protocol/ids.ts'
import { MOST_MEMBERS } from '../../protocol/operator-api/groups.ts'
import { LOOKED_AT, type PolicyPreview } from '../../protocol/operator-api/policies.ts'
import { isOfApplication, isOfPerson, type Policy, type PolicyScope } from '../../protocol/policy.ts'
import { membersUpTo } from '../directory/narrowed.ts'
import { mayBeAsked } from '../policy/asking.ts'
import { refuseUnusable, shownPolicy } from '../policy/stored.ts'
import { countRows } from '../store/count-rows.ts'
import type { Db } from '../store/schema.ts'
import { type ForeseeNeeds, foresee, groupsOfScope, membersAmong } from './foresee.ts'

type Needs = ForeseeNeeds

const MOST_NAMED = 20
/** Rows of those whose tokens have no lock; in a large group nobody of them may be. */
const MOST_WEAK = 20_000

/** @throws {Problem} invalid, incompatible-policy, unknown-group, unknown-application */
export async function previewPolicy(
  needs: Needs,
  { scope, policy }: { scope: PolicyScope; policy: Policy },
): Promise<PolicyPreview> {
  refuseUnusable(policy, scope)
  const { read } = needs.store
  await shownPolicy(read, scope)
  const groups = await groupsOfScope(read, scope)
  const about = { scope, groups }
  const { who, more } = policy.unlock === 'webauthn' ? await withoutUnlock(read, about) : { who: [], more: false }
  const isAffected = await Promise.all(who.map(({ id }) => isStopped(needs, id, { scope, policy })))
  const stopped = who.filter((_person, index) => isAffected[index])
  const named = stopped.slice(0, MOST_NAMED).map(({ id, username }) => ({ id, username }))
  const people = await countPeople(read, about)
  return { people, stopped: stopped.length, more, who: named, foreseen: await foresee(needs, { ...about, policy }) }
}

async function isStopped({ policies }: Needs, user: UserId, instead: { scope: PolicyScope; policy: Policy }) {
  const application = isOfApplication(instead.scope) ? instead.scope : undefined
  const weak = { unlock: 'none' } as const
  const now = await policies.of({ user, application })
  if (!mayBeAsked(now, weak)) return false
  return !mayBeAsked(await policies.of({ user, application }, instead), weak)
}

type About = { scope: PolicyScope; groups: readonly GroupId[] | undefined }

async function countPeople(db: Db, { scope, groups }: About): Promise<number> {
  if (isOfPerson(scope)) return 1
  if (groups) return membersUpTo(db, groups, MOST_MEMBERS)
  return countRows(db, db.selectFrom('users').select('id').where('state', '=', 'active').limit(MOST_MEMBERS))
}

type Person = { id: UserId; username: string }

const STEP = 1000

/** Who has tokens, and none that is unlocked, in the order of names. `more`: there may be others. */
async function withoutUnlock(db: Db, { scope, groups }: About): Promise<{ who: Person[]; more: boolean }> {
  const found: Person[] = []
  let after: UserId | undefined
  let isWhole = false
  for (let passed = 0; passed < MOST_WEAK && !isWhole && found.length <= LOOKED_AT.people; passed += STEP) {
    const ids = await weakAfter(db, scope, after)
    found.push(...(await withNothingElse(db, await membersAmong(db, groups, ids))))
    after = ids.at(-1)
    isWhole = ids.length < STEP
  }
  const who = found.slice(0, LOOKED_AT.people).sort((a, b) => (a.username < b.username ? -1 : 1))
  return { who, more: found.length > LOOKED_AT.people || !isWhole }
}

/** The next who have a token that is not unlocked. */
async function weakAfter(db: Db, scope: PolicyScope, after: UserId | undefined): Promise<UserId[]> {
  const rows = await db
    .selectFrom('tokens')
    .select('user_id')
    .distinct()
    // As the index has it: SQLite uses a partial one only where it can see that it fits.
    .where('state', '=', sql.lit('active'))
    .where('unlock', '!=', sql.lit('webauthn'))
    .$if(isOfPerson(scope), (query) => query.where('user_id', '=', scope as UserId))
    .$if(after !== undefined, (query) => query.where('user_id', '>', after as UserId))
    .orderBy('user_id')
    .limit(STEP)
    .execute()
  return rows.map(({ user_id }) => user_id)
}

async function withNothingElse(db: Db, ids: readonly UserId[]): Promise<Person[]> {
  if (ids.length === 0) return []
  const people = await db
    .selectFrom('users')
    .select(['id', 'username', 'state'])
    .where('users.id', 'in', ids)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('tokens')
            .select('tokens.id')
            .whereRef('tokens.user_id', '=', 'users.id')
            .where('tokens.state', '=', 'active')
            .where('tokens.unlock', '=', 'webauthn'),
        ),
      ),
    )
    .execute()
  // Not asked of the store: SQLite would go through everybody who is active.
  return people.filter(({ state }) => state === 'active')
}

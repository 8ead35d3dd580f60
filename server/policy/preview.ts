// Whom a document would concern, and who could not sign in by push any more: before it is stored.
import { sql } from 'kysely'
import type { ApplicationId, GroupId, UserId } from '../../protocol/ids.ts'
import { MOST_MEMBERS } from '../../protocol/operator-api/groups.ts'
import type { PolicyPreview } from '../../protocol/operator-api/policies.ts'
import type { Policy, PolicyScope } from '../../protocol/policy.ts'
import { filtered } from '../directory/rows.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { mayBeAsked } from './asking.ts'
import type { Policies } from './book.ts'
import { refuseUnusable, shownPolicy } from './stored.ts'

type Needs = { store: Store; policies: Policies }

/** Each is looked at by itself, for other documents may say otherwise about them. */
const MOST_LOOKED_AT = 300
const MOST_NAMED = 20
/** Rows of those whose tokens have no lock; in a large group nobody of them may be. */
const MOST_PASSED = 20_000

/** @throws {Problem} invalid, incompatible-policy, unknown-group, unknown-application */
export async function previewPolicy(
  needs: Needs,
  { scope, policy }: { scope: PolicyScope; policy: Policy },
): Promise<PolicyPreview> {
  refuseUnusable(policy)
  const { read } = needs.store
  await shownPolicy(read, scope)
  const { who, more } = policy.unlock === 'webauthn' ? await withoutUnlock(read, scope) : { who: [], more: false }
  const isAffected = await Promise.all(who.map(({ id }) => isStopped(needs, id, { scope, policy })))
  const stopped = who.filter((_person, index) => isAffected[index])
  return { people: await countPeople(read, scope), stopped: stopped.length, more, who: stopped.slice(0, MOST_NAMED) }
}

async function isStopped({ policies }: Needs, user: UserId, instead: { scope: PolicyScope; policy: Policy }) {
  const application = instead.scope.startsWith('app_') ? (instead.scope as ApplicationId) : undefined
  const weak = { unlock: 'none' } as const
  const now = await policies.of({ user, application })
  if (!mayBeAsked(now, weak)) return false
  return !mayBeAsked(await policies.of({ user, application }, instead), weak)
}

const groupIn = (scope: PolicyScope) => (scope.startsWith('grp_') ? (scope as GroupId) : undefined)

async function countPeople(db: Db, scope: PolicyScope): Promise<number> {
  const people = (await filtered(db, { state: 'active', group: groupIn(scope) })).clearSelect().select('users.id')
  const counted = await db
    .selectFrom(people.limit(MOST_MEMBERS).as('people'))
    .select((e) => e.fn.countAll<number>().as('people'))
    .executeTakeFirstOrThrow()
  return Number(counted.people)
}

type Person = { id: UserId; username: string }

/** Who has tokens, and none that is unlocked, in the order of names. `more`: there may be others. */
async function withoutUnlock(db: Db, scope: PolicyScope): Promise<{ who: Person[]; more: boolean }> {
  const weak = db
    .selectFrom('tokens')
    .select('user_id')
    .distinct()
    // As the index has it: SQLite uses a partial one only where it can see that it fits.
    .where('state', '=', sql.lit('active'))
    .where('unlock', '!=', sql.lit('webauthn'))
    .orderBy('user_id')
    .limit(MOST_PASSED)
  const who = await (await filtered(db, { state: 'active', group: groupIn(scope) }))
    .innerJoin(weak.as('weak'), 'weak.user_id', 'users.id')
    .clearSelect()
    .select(['users.id', 'users.username'])
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('tokens as strong')
            .select('strong.id')
            .whereRef('strong.user_id', '=', 'users.id')
            .where('strong.state', '=', 'active')
            .where('strong.unlock', '=', 'webauthn'),
        ),
      ),
    )
    .limit(MOST_LOOKED_AT + 1)
    .execute()
  const passed = await db
    .selectFrom(weak.as('weak'))
    .select('user_id')
    .limit(1)
    .offset(MOST_PASSED - 1)
    .execute()
  const shown = who.slice(0, MOST_LOOKED_AT).sort((a, b) => (a.username < b.username ? -1 : 1))
  return { who: shown, more: who.length > MOST_LOOKED_AT || passed.length > 0 }
}

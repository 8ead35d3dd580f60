// Whom a document would concern, and who could not sign in by push any more: before it is stored.
import type { ApplicationId, GroupId, UserId } from '../../protocol/ids.ts'
import type { PolicyPreview } from '../../protocol/operator-api/policies.ts'
import type { Policy, PolicyScope } from '../../protocol/policy.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { mayBeAsked } from './asking.ts'
import type { Policies } from './book.ts'
import { refuseUnusable, shownPolicy } from './stored.ts'

type Needs = { store: Store; policies: Policies }

/** Each is looked at by itself, for other documents may say otherwise about them. */
const MOST_LOOKED_AT = 2000
const MOST_NAMED = 20

/** @throws {Problem} invalid, incompatible-policy, unknown-group, unknown-application */
export async function previewPolicy(
  needs: Needs,
  { scope, policy }: { scope: PolicyScope; policy: Policy },
): Promise<PolicyPreview> {
  refuseUnusable(policy, scope)
  const { read } = needs.store
  await shownPolicy(read, scope)
  const counted = await peopleOf(read, scope)
    .select((e) => e.fn.countAll<number>().as('people'))
    .executeTakeFirstOrThrow()
  const without = policy.unlock === 'webauthn' ? await withoutUnlock(read, scope) : []
  const stopped = []
  for (const person of without.slice(0, MOST_LOOKED_AT))
    if (await isStopped(needs, person.id, { scope, policy })) stopped.push(person)
  return {
    people: Number(counted.people),
    stopped: stopped.length,
    more: without.length > MOST_LOOKED_AT,
    who: stopped.slice(0, MOST_NAMED),
  }
}

async function isStopped({ policies }: Needs, user: UserId, instead: { scope: PolicyScope; policy: Policy }) {
  const application = instead.scope.startsWith('app_') ? (instead.scope as ApplicationId) : undefined
  const weak = { unlock: 'none' } as const
  const now = await policies.of({ user, application })
  if (!mayBeAsked(now, weak)) return false
  return !mayBeAsked(await policies.of({ user, application }, instead), weak)
}

function peopleOf(db: Db, scope: PolicyScope) {
  const everybody = db.selectFrom('users').where('users.state', '=', 'active')
  if (scope.startsWith('usr_')) return everybody.where('users.id', '=', scope as UserId)
  if (!scope.startsWith('grp_')) return everybody
  return everybody.where('users.id', 'in', (e) =>
    e
      .selectFrom('group_members')
      .select('group_members.user_id')
      .where('group_members.group_id', '=', scope as GroupId),
  )
}

/** Who has tokens, and none that is unlocked. */
function withoutUnlock(db: Db, scope: PolicyScope): Promise<{ id: UserId; username: string }[]> {
  return peopleOf(db, scope)
    .select(['users.id', 'users.username'])
    .where((e) => {
      const own = e
        .selectFrom('tokens')
        .select('tokens.id')
        .whereRef('tokens.user_id', '=', 'users.id')
        .where('tokens.state', '=', 'active')
      return e.and([e.exists(own), e.not(e.exists(own.where('tokens.unlock', '=', 'webauthn')))])
    })
    .orderBy('users.username_key')
    .limit(MOST_LOOKED_AT + 1)
    .execute()
}

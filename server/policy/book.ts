// The documents that hold now, kept in the process until one changes: where none is stored, a sign-in reads nothing.
import type { ApplicationId, UserId } from '../../protocol/ids.ts'
import { isOfGroup, LONGEST_LIFETIME_SECONDS, MOST_TIME, type PolicyScope } from '../../protocol/policy.ts'
import type { Store } from '../store/store.ts'
import { type Effective, effectivePolicy, type Source } from './effective.ts'
import { allVersions, documentOf, groupIdsOf } from './rows.ts'

type Documents = {
  byScope: Map<PolicyScope, Source>
  anyGroup: boolean
  /** over all that ever held: a request lives on as it was made */
  longest: { seconds: number; times: number }
}

export type Who = { user: UserId; application?: ApplicationId | undefined }

export type Policies = {
  /**
   * What holds for the person, at the application or wherever none is.
   * @param instead a document in the place of the one that is stored
   */
  of(who: Who, instead?: Source): Promise<Effective>
  /** For how many seconds a request may live. @param usual where no policy says otherwise */
  longestLifetime(usual: number): Promise<number>
}

const NOTHING: Effective = Object.freeze({})

export function openPolicies(store: Store): Policies {
  let documents: Promise<Documents> | undefined
  const forget = () => {
    documents = undefined
  }
  store.subscribe('policies', forget)
  const current = (): Promise<Documents> => {
    if (documents) return documents
    const reading = read(store)
    // What could not be read is asked for again.
    reading.catch(() => documents === reading && forget())
    documents = reading
    return reading
  }
  return {
    async longestLifetime(usual) {
      const { longest } = await current()
      const times = Math.max(usual, longest.seconds) * longest.times
      return Math.min(times, Math.max(LONGEST_LIFETIME_SECONDS, usual))
    },
    async of({ user, application }, instead) {
      const known = await current()
      if (known.byScope.size === 0 && !instead) return NOTHING
      const at = (scope: PolicyScope) => (scope === instead?.scope ? instead : known.byScope.get(scope))
      const asksGroups = known.anyGroup || (instead && isOfGroup(instead.scope))
      const ids = asksGroups ? (await groupIdsOf(store.read, { user })).rows.map(({ group_id }) => group_id) : []
      return effectivePolicy({
        organisation: at('organisation'),
        groups: ids.flatMap((id) => at(id) ?? []),
        person: at(user),
        application: application && at(application),
      })
    },
  }
}

async function read(store: Store): Promise<Documents> {
  const sources = (await allVersions(store.read)).map((row): Source => ({ scope: row.scope, policy: documentOf(row) }))
  // Oldest first: the newest version of each is the one that stays.
  const byScope = new Map(sources.map((source) => [source.scope, source]))
  return {
    byScope,
    anyGroup: [...byScope.keys()].some(isOfGroup),
    longest: {
      seconds: Math.max(0, ...sources.map(({ policy }) => policy.requestLifetime ?? 0)),
      times: Math.min(MOST_TIME, Math.max(1, ...sources.map(({ policy }) => policy.moreTime ?? 1))),
    },
  }
}

// The documents as operators handle them: read, changed, taken back. A version once written stays as it is.
import * as z from 'zod/mini'
import { timestamp } from '../../protocol/login-request.ts'
import type { PolicyHistory, PolicyView } from '../../protocol/operator-api/policies.ts'
import {
  isConsistent,
  isOfPerson,
  PERSONAL_MEMBERS,
  POLICY_MEMBERS,
  type Policy,
  type PolicyScope,
  vainIn,
} from '../../protocol/policy.ts'
import { Problem, type ProblemSlug } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { raise } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { cursorTo, placeIn } from '../store/cursor.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { isNetwork } from './networks.ts'
import { allVersions, documentOf, insertVersion, namesOf, versionRow, versionsOf } from './rows.ts'
import { isZone } from './working-hours.ts'

type Needs = { store: Store; clock: Clock }

const PAGE = 100
const ORGANISATION = 'organisation'

/** The organisation's first, whether it says anything or not; none of a group or an application that is gone. */
export async function listPolicies({ store }: Pick<Needs, 'store'>): Promise<PolicyView[]> {
  const newest = new Map((await allVersions(store.read)).map((row) => [row.scope, row]))
  const names = await namesOf(store.read, [...newest.keys()])
  const others = [...names].flatMap(([scope, name]) => {
    const row = newest.get(scope)
    return row ? [{ scope, name, version: row.version, policy: documentOf(row) }] : []
  })
  return [
    await shownPolicy(store.read, ORGANISATION),
    ...others.sort((a, b) => (a.scope.slice(0, 3) + a.name < b.scope.slice(0, 3) + b.name ? 1 : -1)).reverse(),
  ]
}

/** @throws {Problem} unknown-group, unknown-application */
export async function shownPolicy(db: Db, scope: PolicyScope): Promise<PolicyView> {
  const name = await nameOf(db, scope)
  const [row] = await versionsOf(db, scope, 1)
  return { scope, name, version: row?.version ?? 0, policy: row ? documentOf(row) : {} }
}

/** @throws {Problem} unknown-group, unknown-application */
async function nameOf(db: Db, scope: PolicyScope): Promise<string | null> {
  if (scope === ORGANISATION) return null
  const name = (await namesOf(db, [scope])).get(scope)
  if (name === undefined) throw new Problem(UNKNOWN[scope.slice(0, 3)] ?? 'unknown-application')
  return name
}

const UNKNOWN: Readonly<Record<string, ProblemSlug>> = { grp: 'unknown-group', usr: 'unknown-user' }

/** Newest first. @throws {Problem} unknown-group, unknown-application, invalid where the cursor is not one of ours */
export async function policyHistoryOf(
  { store }: Pick<Needs, 'store'>,
  { scope, cursor }: { scope: PolicyScope; cursor?: string | undefined },
): Promise<PolicyHistory> {
  await nameOf(store.read, scope)
  const before = cursor === undefined ? undefined : placeIn(cursor, z.int())
  const found = await versionsOf(store.read, scope, PAGE + 1, before)
  const rows = found.slice(0, PAGE)
  return {
    next: found.length > PAGE ? cursorTo(rows.at(-1)?.version) : null,
    versions: rows.map((row) => ({
      version: row.version,
      at: timestamp(row.created_at),
      by: row.actor_name,
      policy: documentOf(row),
    })),
  }
}

/** What a schema can't see. @throws {Problem} invalid, incompatible-policy */
export function refuseUnusable(policy: Policy, scope: PolicyScope): void {
  const networks = (['trustedNetworks', 'refusedNetworks'] as const).flatMap((member) =>
    (policy[member] ?? []).map((network, n) => ({ at: `/policy/${member}/${n}`, network })),
  )
  const ruled = isOfPerson(scope)
    ? POLICY_MEMBERS.filter((member) => policy[member] !== undefined && !PERSONAL_MEMBERS.includes(member))
    : []
  const errors = [
    ...ruled.map((member) => [`/policy/${member}`, 'can’t be said for one person: write it for a group']),
    ...vainIn(scope, policy).map((member) => [
      `/policy/${member}`,
      'holds for a person wherever they sign in: write it for the organisation or a group',
    ]),
    ...networks
      .filter(({ network }) => !isNetwork(network))
      .map(({ at }) => [at, 'must be a network, as 192.0.2.0/24: at most /8 (IPv4) or /16 (IPv6)']),
    ...(policy.workingHours ?? []).flatMap(({ zone }, n) =>
      isZone(zone) ? [] : [[`/policy/workingHours/${n}/zone`, 'must be a time zone, as Europe/Amsterdam']],
    ),
  ]
  if (errors.length > 0) throw new Problem('invalid', { members: { errors: Object.fromEntries(errors) } })
  if (!isConsistent(policy)) throw new Problem('incompatible-policy')
}

type Change = { scope: PolicyScope; policy: Policy; version: number }

/**
 * Two operators at once: the second is told, and nothing is lost.
 * @throws {Problem} invalid, incompatible-policy, unknown-group, unknown-application, changed-meanwhile
 */
export async function setPolicy(needs: Needs, { scope, policy, version }: Change, by: Actor): Promise<PolicyView> {
  refuseUnusable(policy, scope)
  const seen = await shownPolicy(needs.store.read, scope)
  if (seen.version !== version) throw new Problem('changed-meanwhile')
  return write(needs, { scope, policy, version }, by)
}

/**
 * Writes the content of an older version anew, so that this can be undone as well.
 * @param to the version before where undefined
 * @throws {Problem} unknown-group, unknown-application, changed-meanwhile, unknown-version
 */
export async function undoPolicy(
  needs: Needs,
  { scope, version, to = version - 1 }: { scope: PolicyScope; version: number; to?: number | undefined },
  by: Actor,
): Promise<PolicyView> {
  const { read } = needs.store
  const seen = await shownPolicy(read, scope)
  if (seen.version !== version) throw new Problem('changed-meanwhile')
  // Before the first nothing was asked.
  const row = to === 0 && version > 0 ? { scope, document: '{}' } : await versionRow(read, scope, to)
  if (!row) throw new Problem('unknown-version')
  return write(needs, { scope, policy: documentOf(row), version }, by, { undoneTo: to })
}

async function write(
  { store, clock }: Needs,
  { scope, policy, version }: Change,
  by: Actor,
  more: Record<string, unknown> = {},
): Promise<PolicyView> {
  const at = clock.now()
  const next = version + 1
  await store.write(async (tx, announce) => {
    const row = { scope, version: next, document: JSON.stringify(policy), created_at: at }
    if (!(await insertVersion(tx, { ...row, actor_id: by.id, actor_name: by.name })))
      throw new Problem('changed-meanwhile')
    await raise(tx, { at, kind: 'policy-changed', by, detail: { scope, version: next, policy, ...more } })
    announce('policies')
  })
  return shownPolicy(store.read, scope)
}

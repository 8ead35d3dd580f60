// Whom a document would concern besides those who could not answer any more: as far as it can be known from what they
// hold and what they did. Everything is looked at up to a bound, and whoever is counted is judged by all documents.
import { sql } from 'kysely'
import type { GroupId, UserId } from '../../protocol/ids.ts'
import type { Limits } from '../../protocol/limits.ts'
import { type Foreseen, LOOKED_AT } from '../../protocol/operator-api/policies.ts'
import { isOfApplication, isOfGroup, type Policy, type PolicyScope } from '../../protocol/policy.ts'
import type { Clock } from '../clock.ts'
import { countDevicesOf } from '../devices/token-rows.ts'
import { refusal } from '../policy/admit.ts'
import type { Policies } from '../policy/book.ts'
import type { Effective } from '../policy/effective.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { DeviceContext, Locate } from '../whereabouts/context.ts'

export type ForeseeNeeds = {
  store: Store
  policies: Policies
  clock: Clock
  locate: Locate
  limits: Pick<Limits, 'devicesPerUser'>
}
/** `groups`: to whose members it speaks; undefined where that is everybody, or one person */
type Document = { scope: PolicyScope; policy: Policy; groups: Groups }
type Groups = readonly GroupId[] | undefined
type Both = { before: Effective; after: Effective }

/** People, each with a question to the book of policies; rows, of which only some are about the people of a group. */
const { people: MOST_LOOKED_AT, rows: MOST_PASSED } = LOOKED_AT
const BACK_MS = 28 * 24 * 60 * 60 * 1000

/** @returns only what does something to somebody */
export async function foresee(needs: ForeseeNeeds, document: Document): Promise<Foreseen[]> {
  const { policy } = document
  const mayBe = [
    (policy.approval === 'standard' || policy.numberMatching === 'on') && losingOnePress(needs, document),
    policy.devices !== undefined && overDevices(needs, document, policy.devices),
    policy.typedPasscodes === false && losingCodes(needs, document),
    (policy.refusedNetworks || policy.refusedCountries || policy.workingHours) && refusedSince(needs, document),
  ]
  return (await Promise.all(mayBe.filter((one) => typeof one === 'object'))).flat()
}

type Found = { ids: UserId[]; more: boolean }

/** Judged one by one, for another document may say otherwise about them. */
async function counted(
  needs: ForeseeNeeds,
  document: Document,
  { ids, more }: Found,
  isTouched: (both: Both, id: UserId) => boolean | Promise<boolean>,
): Promise<{ people: number; more: boolean }> {
  const own = (await membersAmong(needs.store.read, document.groups, ids)).slice(0, MOST_LOOKED_AT)
  const touched = await Promise.all(own.map(async (id) => isTouched(await bothOf(needs, document, id), id)))
  return { people: touched.filter(Boolean).length, more: more || own.length === MOST_LOOKED_AT }
}

async function bothOf({ policies }: ForeseeNeeds, document: Document, user: UserId): Promise<Both> {
  const application = applicationIn(document.scope)
  const who = { user, application }
  return { before: await policies.of(who), after: await policies.of(who, document) }
}

const applicationIn = (scope: PolicyScope) => (isOfApplication(scope) ? scope : undefined)

/** To whose members a document of this scope speaks. */
export async function groupsOfScope(db: Db, scope: PolicyScope): Promise<Groups> {
  if (isOfGroup(scope)) return [scope]
  const id = applicationIn(scope)
  if (!id) return undefined
  const application = await db
    .selectFrom('applications')
    .select('restricted')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  if (!application.restricted) return undefined
  const rows = await db.selectFrom('application_groups').select('group_id').where('application_id', '=', id).execute()
  return rows.map(({ group_id }) => group_id)
}

/** Those of them to whom a document speaks. */
export async function membersAmong(db: Db, groups: Groups, ids: readonly UserId[]): Promise<UserId[]> {
  if (!groups) return [...ids]
  if (groups.length === 0 || ids.length === 0) return []
  const rows = await db
    .selectFrom('group_members')
    .select('user_id')
    .distinct()
    .where('group_id', 'in', groups)
    .where('user_id', 'in', ids)
    .execute()
  return rows.map(({ user_id }) => user_id)
}

const upToBound = (rows: readonly { user_id: UserId }[]): Found => ({
  ids: rows.map(({ user_id }) => user_id),
  more: rows.length === MOST_PASSED,
})

const isByOnePress = ({ approval, numberMatching }: Effective) =>
  approval?.value !== 'standard' && numberMatching?.value !== 'on'

async function losingOnePress(needs: ForeseeNeeds, document: Document): Promise<Foreseen[]> {
  const rows = await needs.store.read
    .selectFrom('tokens')
    .select('user_id')
    .distinct()
    // As the indexes have it: SQLite uses a partial one only where it can see that it fits.
    .where('state', '=', sql.lit('active'))
    .where('approval', '=', sql.lit('enhanced'))
    .orderBy('user_id')
    .limit(MOST_PASSED)
    .execute()
  const found = await counted(
    needs,
    document,
    upToBound(rows),
    (both) => isByOnePress(both.before) && !isByOnePress(both.after),
  )
  return said('approval', found)
}

async function overDevices(needs: ForeseeNeeds, document: Document, most: number): Promise<Foreseen[]> {
  const rows = await needs.store.read
    .selectFrom('tokens')
    .select('user_id')
    .where('state', '!=', sql.lit('revoked'))
    .groupBy('user_id')
    .having(({ fn }) => fn.countAll(), '>', most)
    .limit(MOST_PASSED)
    .execute()
  const usual = needs.limits.devicesPerUser.count
  const found = await counted(needs, document, upToBound(rows), async ({ before, after }, id) => {
    // Several tokens can be on one device.
    const devices = await countDevicesOf(needs.store.read, id)
    return devices <= (before.devices?.value ?? usual) && devices > (after.devices?.value ?? usual)
  })
  return said('devices', found)
}

/** Whoever typed a passcode lately, as far as the newest entries tell. */
async function losingCodes(needs: ForeseeNeeds, document: Document): Promise<Foreseen[]> {
  const application = applicationIn(document.scope)
  const rows = await needs.store.read
    .selectFrom('audit_seals')
    .select(['user_id', 'application_id'])
    .where('kind', '=', 'passcode-accepted')
    .where('at', '>=', needs.clock.now() - BACK_MS)
    .orderBy('at', 'desc')
    .limit(MOST_PASSED)
    .execute()
  const own = rows.filter(({ application_id: at }) => at !== null && (application === undefined || at === application))
  const ids = [...new Set(own.flatMap(({ user_id }) => user_id ?? []))]
  const isFree = ({ typedPasscodes }: Effective) => typedPasscodes?.value !== false
  const found = { ids, more: rows.length === MOST_PASSED }
  return said(
    'passcodes',
    await counted(needs, document, found, ({ before, after }) => isFree(before) && !isFree(after)),
  )
}

/** Of the newest sign-ins those that would have been refused, by the reason that would have been given. */
async function refusedSince(needs: ForeseeNeeds, document: Document): Promise<Foreseen[]> {
  const application = applicationIn(document.scope)
  const rows = await needs.store.read
    .selectFrom('login_requests')
    .select(['user_id', 'application_id', 'created_at', 'context'])
    .where('created_at', '>=', needs.clock.now() - BACK_MS)
    .where('purpose', '=', 'sign-in')
    .orderBy('created_at', 'desc')
    .limit(MOST_PASSED)
    .execute()
  const mine = new Set(
    await membersAmong(needs.store.read, document.groups, [...new Set(rows.map((row) => row.user_id))]),
  )
  const own = rows.filter((row) => mine.has(row.user_id) && (!application || row.application_id === application))
  const alone = effectiveAlone(document.policy)
  const hit = own.flatMap((row) => {
    const { ip } = JSON.parse(row.context) as DeviceContext
    const asked = { address: ip, locate: needs.locate, now: row.created_at }
    const because = refusal(alone, asked)
    return because ? [{ user: row.user_id, asked, because }] : []
  })
  const more = rows.length === MOST_PASSED
  const users = [...new Set(hit.map(({ user }) => user))].slice(0, MOST_LOOKED_AT)
  const both = new Map(await Promise.all(users.map(async (id) => [id, await bothOf(needs, document, id)] as const)))
  const fresh = hit.filter(({ user, asked, because }) => {
    const held = both.get(user)
    return held && refusal(held.before, asked) === undefined && refusal(held.after, asked) === because
  })
  return [...Map.groupBy(fresh, ({ because }) => because)].map(([because, list]) => ({
    what: because as Foreseen['what'],
    people: new Set(list.map(({ user }) => user)).size,
    more,
    signIns: list.length,
    of: own.length,
  }))
}

/** What the document says by itself, to find whom it may touch. */
const effectiveAlone = (policy: Policy): Effective =>
  Object.fromEntries(
    (['refusedNetworks', 'refusedCountries', 'workingHours'] as const).flatMap((member) =>
      policy[member] === undefined ? [] : [[member, { value: policy[member], from: [] }]],
    ),
  )

const said = (what: Foreseen['what'], { people, more }: { people: number; more: boolean }): Foreseen[] =>
  people === 0 && !more ? [] : [{ what, people, more, signIns: null, of: null }]

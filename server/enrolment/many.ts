// Links for many people at once: named ones, a group, or all who have no token. A hundred a call, in one transaction, so
// that neither the store nor whoever signs in meanwhile waits; the cursor goes on where the call ended.
import type { GroupId, UserId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import {
  type EnrolManyCall,
  LINKS_AT_ONCE,
  type MadeLink,
  type MadeLinks,
  MOST_COUNTED,
  type UnenrolledList,
  type UnenrolledPerson,
} from '../../protocol/operator-api/enrolment.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import type { Clock } from '../clock.ts'
import { knownGroup } from '../directory/groups.ts'
import { type UserRow, usersById } from '../directory/rows.ts'
import { countUnenrolled, unenrolledAfter } from '../directory/unenrolled.ts'
import { withdrawOthers } from '../handed-out/links.ts'
import { mailIsOn } from '../mail/enqueue.ts'
import type { TellNeeds } from '../notices/news.ts'
import { cursorTo, paged, textIn, timeIn } from '../store/cursor.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { type PreparedEnrolment, prepareEnrolment, writeEnrolment } from './create.ts'
import { stateOf } from './find.ts'
import { tellLink } from './link.ts'
import { latestEnrolments } from './rows.ts'
import { mailLink, type SendNeeds } from './send.ts'

/** @throws {Problem} invalid, unknown-group */
export async function listUnenrolled(
  { store, clock }: { store: Store; clock: Clock },
  { group, cursor }: { group?: GroupId | undefined; cursor?: string | undefined },
): Promise<UnenrolledList> {
  const { read } = store
  if (group !== undefined) await knownGroup(read, group)
  const { users, next } = await unenrolledPage(read, group, cursor)
  const links = await latestEnrolments(
    read,
    users.map(({ id }) => id),
  )
  const now = clock.now()
  return {
    count: await countUnenrolled(read, group, MOST_COUNTED),
    people: users.map((user): UnenrolledPerson => {
      const link = links.get(user.id)
      return {
        ...named(user),
        addedAt: timestamp(user.created_at),
        link: link ? { state: stateOf(link, now), expiresAt: timestamp(link.expires_at) } : null,
      }
    }),
    next,
  }
}

/**
 * Makes links for the next hundred.
 * @throws {Problem} invalid, unknown-user, unknown-group, incompatible-policy, mail-not-set-up
 */
export async function enrolMany(needs: SendNeeds & TellNeeds, asked: EnrolManyCall, by: Actor): Promise<MadeLinks> {
  const { store, clock } = needs
  const byMail = asked.delivery === 'mail'
  if (byMail && !mailIsOn(needs)) throw new Problem('mail-not-set-up')
  const { users, next } = await chosen(store.read, asked)
  const prepared = await Promise.all(
    users.map(async (user) => ({ user, link: await prepareEnrolment(needs, wished(asked, user.id, by)) })),
  )
  const why = asked.reason === undefined ? {} : { reason: asked.reason }
  const links = await store.write(async (tx, announce) => {
    const made: MadeLink[] = []
    for (const { user, link } of prepared) {
      // Where the policy forbids it the link is shown, as for somebody who has no address.
      const to = byMail && link.mayMail ? user.email : null
      await withdrawOthers(tx, user.id, clock.now(), by)
      await writeEnrolment(tx, link, by, { ...why, ...(to !== null && { mailed: true }) })
      if (to !== null) await mailLink(tx, needs, link, user, to)
      await tellLink(tx, { ...needs, announce }, link, to)
      made.push(shown(user, link, to))
    }
    return made
  })
  return { links, next }
}

function wished(
  { unlock, approval, numberMatching, numberDigits, expiresInMinutes }: EnrolManyCall,
  user: UserId,
  by: Actor,
) {
  const policy = {
    ...(unlock && { unlock }),
    ...(approval && { approval }),
    ...(numberMatching !== undefined && { numberMatching }),
    ...(numberDigits && { numberDigits }),
  }
  return { user, policy, by, ...(expiresInMinutes !== undefined && { expiresInMs: expiresInMinutes * 60_000 }) }
}

/** What was mailed is nobody's to see here. */
function shown(user: UserRow, { created }: PreparedEnrolment, mailedTo: string | null): MadeLink {
  const { enrolment, expiresAt, activationUrl, code } = created
  const isShown = mailedTo === null
  return {
    enrolment,
    user: named(user),
    expiresAt,
    mailedTo,
    activationUrl: isShown ? activationUrl : null,
    code: isShown ? code : null,
  }
}

const named = ({ id, username, display_name, email }: UserRow) => ({ id, username, displayName: display_name, email })

type Chosen = { users: UserRow[]; next: string | null }

async function chosen(db: Db, { who, users = [], group, cursor }: EnrolManyCall): Promise<Chosen> {
  if (who === 'users') return { users: await byId(db, users), next: null }
  if (group !== undefined) await knownGroup(db, group)
  if (who === 'unenrolled') return unenrolledPage(db, group, cursor)
  if (group === undefined) throw new Problem('invalid', { members: { errors: { '/group': 'is missing' } } })
  return membersPage(db, group, cursor)
}

/** @throws {Problem} unknown-user */
async function byId(db: Db, ids: readonly UserId[]): Promise<UserRow[]> {
  const found = await usersById(db, [...new Set(ids)])
  if (found.size !== new Set(ids).size) throw new Problem('unknown-user')
  return [...found.values()].filter(({ state }) => state === 'active')
}

async function unenrolledPage(db: Db, group: GroupId | undefined, cursor: string | undefined): Promise<Chosen> {
  const found = await unenrolledAfter(db, { after: timeIn(cursor), group }, LINKS_AT_ONCE + 1)
  const { rows, next } = paged(found, LINKS_AT_ONCE, ({ since }) => since)
  const users = await usersById(
    db,
    rows.map(({ id }) => id),
  )
  return { users: rows.flatMap(({ id }) => users.get(id) ?? []), next }
}

/** In the order of their ids. */
async function membersPage(db: Db, group: GroupId, cursor: string | undefined): Promise<Chosen> {
  const after = (cursor === undefined ? '' : textIn(cursor)) as UserId
  const rows = await db
    .selectFrom('group_members')
    .innerJoin('users', 'users.id', 'group_members.user_id')
    .selectAll('users')
    .where('group_members.group_id', '=', group)
    .where('group_members.user_id', '>', after)
    .where('users.state', '=', 'active')
    .orderBy('group_members.user_id')
    .limit(LINKS_AT_ONCE + 1)
    .execute()
  const users = rows.slice(0, LINKS_AT_ONCE)
  return { users, next: rows.length > LINKS_AT_ONCE ? cursorTo(users.at(-1)?.id) : null }
}

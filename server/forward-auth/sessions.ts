// Somebody who is signed in to a protected site. Attacks stopped: a cookie is made fresh when the person is known and is
// good on its own site only; it ends with the day, with an hour of silence, and with whatever ends the person's sign-ins.
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { base64url } from '../../protocol/encoding.ts'
import type { RandomBytes, UserId } from '../../protocol/ids.ts'
import { mayUse } from '../applications/who-may.ts'
import type { Clock } from '../clock.ts'
import { groupsOf } from '../directory/groups.ts'
import type { UserRow } from '../directory/rows.ts'
import type { Call } from '../http/env.ts'
import { digest } from '../store/digest.ts'
import { prepared } from '../store/prepared.ts'
import type { Db } from '../store/schema.ts'
import type { SiteSessionsTable } from '../store/site-tables.ts'
import type { Store } from '../store/store.ts'
import type { Site } from './site.ts'

type Needs = { store: Store; clock: Clock }
/** What the site is told. */
export type Visitor = Pick<UserRow, 'id' | 'username' | 'display_name' | 'email'> & { groups: string[] }
export type SiteSessions = ReturnType<typeof siteSessions>

const COOKIE = '__Host-countersign-session'
const ATTRIBUTES = { path: '/', httpOnly: true, secure: true, sameSite: 'Lax' } as const
const LONGEST_MS = 12 * 60 * 60 * 1000
const IDLE_MS = 60 * 60 * 1000
const NOTED_EVERY_MS = 60 * 1000
/** A page asks for everything on it at once. What ended a session is noticed within this time. */
const REMEMBERED_MS = 2000
const MOST_REMEMBERED = 10_000

const sessionQuery = prepared((db, v: { id: string; origin: string; now: number; active: number }) =>
  db
    .selectFrom('site_sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .innerJoin('applications as a', 'a.id', 's.application_id')
    .innerJoin('protected_sites as p', (on) =>
      on.onRef('p.origin', '=', 's.origin').onRef('p.application_id', '=', 's.application_id'),
    )
    .select(['s.id as session', 's.seen_at', 'a.id as application', 'a.restricted'])
    .select(['u.id', 'u.username', 'u.display_name', 'u.email', 'u.state'])
    .where('s.id', '=', v.id)
    .where('s.origin', '=', v.origin)
    .where('s.expires_at', '>', v.now)
    .where('s.seen_at', '>', v.active),
)

export function siteSessions({ store, clock }: Needs) {
  const remembered = new Map<string, { visitor: Visitor; until: number }>()

  async function look(id: string, origin: string): Promise<Visitor | undefined> {
    const now = clock.now()
    const [row] = (await sessionQuery(store.read, { id, origin, now, active: now - IDLE_MS })).rows
    if (row?.state !== 'active') return undefined
    const { session, seen_at, application, restricted, id: user, username, display_name, email } = row
    if (!(await mayUse(store.read, { id: application, restricted }, user))) return undefined
    if (now - seen_at >= NOTED_EVERY_MS) await noteSeen(store, session, now)
    const groups = (await groupsOf(store.read, user)).map(({ name }) => name)
    return { id: user, username, display_name, email, groups }
  }

  return {
    /** undefined where nobody is signed in to that site, or may be */
    async of(c: Call, { origin }: Pick<Site, 'origin'>): Promise<Visitor | undefined> {
      const secret = getCookie(c, COOKIE)
      if (!secret) return undefined
      const id = digest(secret)
      const place = `${id} ${origin}`
      const known = remembered.get(place)
      if (known && clock.now() < known.until) return known.visitor
      remembered.delete(place)
      const visitor = await look(id, origin)
      const [oldest] = remembered.keys()
      if (remembered.size >= MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
      if (visitor) remembered.set(place, { visitor, until: clock.now() + REMEMBERED_MS })
      return visitor
    },

    async end(c: Call, { origin }: Pick<Site, 'origin'>): Promise<void> {
      const secret = getCookie(c, COOKIE)
      deleteCookie(c, COOKIE, ATTRIBUTES)
      if (!secret) return
      const id = digest(secret)
      await store.write((tx) =>
        tx.deleteFrom('site_sessions').where('id', '=', id).where('origin', '=', origin).execute(),
      )
      remembered.delete(`${id} ${origin}`)
    },
  }
}

export async function beginSession(
  tx: Db,
  { clock, random }: Pick<Needs, 'clock'> & { random: RandomBytes },
  c: Call,
  { origin, application, user }: Site & { user: UserId },
): Promise<void> {
  const secret = base64url(random(32))
  const now = clock.now()
  const times = { created_at: now, seen_at: now, expires_at: now + LONGEST_MS }
  const row: SiteSessionsTable = { id: digest(secret), origin, application_id: application, user_id: user, ...times }
  await tx.insertInto('site_sessions').values(row).execute()
  setCookie(c, COOKIE, secret, { ...ATTRIBUTES, maxAge: LONGEST_MS / 1000 })
}

async function noteSeen(store: Store, id: string, now: number): Promise<void> {
  await store.write((tx) => tx.updateTable('site_sessions').set({ seen_at: now }).where('id', '=', id).execute())
}

/** Forgets sessions and visits that are over. */
export async function purgeSites(store: Store, now: number): Promise<void> {
  await store.write(async (tx) => {
    await tx.deleteFrom('site_sessions').where('expires_at', '<', now).execute()
    await tx
      .deleteFrom('site_sessions')
      .where('seen_at', '<', now - IDLE_MS)
      .execute()
    await tx.deleteFrom('site_visits').where('expires_at', '<', now).execute()
  })
}

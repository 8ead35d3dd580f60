// How things stand, from a bounded number of rows: tallies by the hour, the latest requests, and small indexes.
import { sql } from 'kysely'
import { timestamp } from '../../protocol/login-request.ts'
import type { Counted, Overview } from '../../protocol/operator-api/overview.ts'
import type { Clock } from '../clock.ts'
import { waitingTokens } from '../devices/unconfirmed.ts'
import { waitingMails } from '../mail/queue.ts'
import { asOf, type RequestRow } from '../requests/state.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { approvedAfterDenial, denying, fromWhere } from './attack.ts'
import type { CertificateWatch } from './certificate.ts'
import { latestRequests, type SeenRequest } from './live.ts'
import { pushSince } from './push-counts.ts'
import { add, type Counts, count, HOUR, noCounts, talliedUntil, talliesBetween, within } from './tallies.ts'

const MINUTE = 60_000
const DAY = 24 * HOUR
const WEEK = 7 * DAY
const LATEST = 2000
/** What is counted one by one at most, for a look to cost the same in a flood. */
const COUNTED = 20_000
const SHOWN = 20

type Needs = { store: Store; clock: Clock; certificate: CertificateWatch }

export async function overview({ store, clock, certificate }: Needs, asked?: number): Promise<Overview> {
  const { read } = store
  const now = clock.now()
  const since = Math.max(asked ?? now - 12 * HOUR, now - 2 * DAY)
  const rows = await latestRequests(read, LATEST)
  const latest = rows.map((row): SeenRequest => asOf(row as RequestRow, now))
  const recent = latest.filter((row) => row.created_at > now - 10 * MINUTE)
  const marked = await talliedUntil(read)
  const sum = await talliesBetween(read, since, now)
  add(sum, await untallied(read, Math.max(marked, since), now))
  const { open, oldest } = await reportsOpen(read)
  return {
    at: timestamp(now),
    since: timestamp(since),
    now: shown(sum),
    weekAgo: shown(await talliesBetween(read, since - WEEK, now - WEEK)),
    reports: { open, oldest: oldest === null ? null : timestamp(oldest) },
    approvedAfterDenial: approvedAfterDenial(latest.filter((row) => row.created_at > now - DAY)),
    denying: denying(recent),
    paused: await heldUntil(read, 'push_paused_until', now),
    locked: await heldUntil(read, 'passcodes_locked_until', now),
    codesExpiring: await codesExpiring(read, now),
    unconfirmed: await unconfirmed(read),
    certificateDays: certificate.daysLeft(),
    perMinute: await perMinute(read, now),
    usualPerMinute: await usual(read, now),
    ...fromWhere(recent),
    oldestPush: await oldestPush(read, now),
    webhooks: await failingWebhooks(read),
    push: await pushSince(read, now - 5 * MINUTE),
    mail: await waitingMails(read),
  }
}

/** What the chore has not counted yet: of a minute or two, or the latest of them in a flood. */
async function untallied(db: Db, since: number, now: number): Promise<Counts> {
  const counts = noCounts()
  const rows = await db
    .selectFrom('login_requests')
    .select(['state', 'reason', 'created_at', 'expires_at', 'settled_at', 'delivery'])
    .where('created_at', '>=', since)
    .orderBy('created_at', 'desc')
    .limit(COUNTED)
    .execute()
  for (const row of rows) count(counts, asOf(row as RequestRow, now))
  return counts
}

function shown(counts: Counts): Counted {
  const { seconds: _seconds, ...rest } = counts
  return { ...rest, median: within(counts, 0.5), p90: within(counts, 0.9) }
}

async function reportsOpen(db: Db): Promise<{ open: number; oldest: number | null }> {
  const found = await db
    .selectFrom('reports')
    .select((e) => [e.fn.countAll<number>().as('open'), e.fn.min('at').as('oldest')])
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow()
  return { open: Number(found.open), oldest: found.oldest === null ? null : Number(found.oldest) }
}

async function heldUntil(db: Db, column: 'push_paused_until' | 'passcodes_locked_until', now: number) {
  // `> 0` stands in the text: SQLite uses a partial index only where it can see that it fits.
  const held = db.selectFrom('throttles').where(column, '>', sql.lit(0)).where(column, '>', now)
  const counted = await held.select((e) => e.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
  const people = await held
    .innerJoin('users', 'users.id', 'throttles.user_id')
    .select(['users.id', 'users.username', `throttles.${column} as until`])
    .orderBy(`throttles.${column}`, 'desc')
    .limit(SHOWN)
    .execute()
  return {
    count: Number(counted.count),
    people: people.map(({ id, username, until }) => ({ id, username, until: timestamp(until) })),
  }
}

async function unconfirmed(db: Db): Promise<Overview['unconfirmed']> {
  const { count, people } = await waitingTokens(db, SHOWN)
  return {
    count,
    people: people.map(({ id, username, since }) => ({ id, username, since: timestamp(Number(since)) })),
  }
}

async function codesExpiring(db: Db, now: number): Promise<number> {
  const counted = await db
    .selectFrom('enrolments')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('expires_at', '>', now)
    .where('expires_at', '<', now + DAY)
    .where('activated_at', 'is', null)
    // Gone where it was withdrawn, or another took its place.
    .where('server_private_key', 'is not', null)
    .executeTakeFirstOrThrow()
  return Number(counted.count)
}

/** Of the last ten minutes; in a flood, of as long as the latest took to come. */
async function perMinute(db: Db, now: number): Promise<number> {
  const recent = db
    .selectFrom('login_requests')
    .select('created_at')
    .where('created_at', '>', now - 10 * MINUTE)
    .orderBy('created_at', 'desc')
  const first = await recent
    .offset(COUNTED - 1)
    .limit(1)
    .executeTakeFirst()
  if (first) return COUNTED / (Math.max(1000, now - first.created_at) / MINUTE)
  const counted = await db
    .selectFrom(recent.limit(COUNTED).as('recent'))
    .select((e) => e.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(counted.count) / 10
}

async function usual(db: Db, now: number): Promise<number | null> {
  const hour = now - (now % HOUR)
  const hours = [1, 2, 3, 4, 5, 6, 7].map((days) => hour - days * DAY)
  const rows = await db.selectFrom('tallies').select(['hour', 'counts']).where('hour', 'in', hours).execute()
  const days = new Set(rows.map((row) => row.hour)).size
  if (days === 0) return null
  const requests = rows.reduce((sum, row) => sum + (JSON.parse(row.counts) as Counts).requests, 0)
  return requests / days / 60
}

async function failingWebhooks(db: Db): Promise<Overview['webhooks']> {
  const rows = await db
    .selectFrom('webhooks')
    .select(['id', 'name', 'failing_since'])
    .select((e) =>
      e
        .selectFrom('webhook_deliveries')
        .select((d) => d.fn.countAll<number>().as('count'))
        .whereRef('webhook_deliveries.webhook_id', '=', 'webhooks.id')
        .where('webhook_deliveries.state', '=', 'waiting')
        .as('waiting'),
    )
    .where((e) => e.or([e('failing_since', 'is not', null), e('state', '=', 'failed')]))
    .where('state', '!=', 'off')
    .orderBy('failing_since')
    .execute()
  return rows.map(({ id, name, failing_since: since, waiting }) => ({
    id: id as Overview['webhooks'][number]['id'],
    name,
    since: since === null ? null : timestamp(since),
    waiting: Number(waiting ?? 0),
  }))
}

async function oldestPush(db: Db, now: number): Promise<number | null> {
  const job = await db.selectFrom('outbox').select('due_at').orderBy('due_at').limit(1).executeTakeFirst()
  return job && job.due_at < now ? Math.floor((now - job.due_at) / 1000) : null
}

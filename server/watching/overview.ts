// How things stand, from a bounded number of rows: tallies by the hour, the latest requests, and small indexes.
import { sql } from 'kysely'
import { timeOrNull, timestamp } from '../../protocol/login-request.ts'
import { MOST_COUNTED } from '../../protocol/operator-api/enrolment.ts'
import { type Counted, isFailing, MOST_TYPED, type Overview } from '../../protocol/operator-api/overview.ts'
import type { SignView } from '../../protocol/operator-api/signs.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import { waitingTokens } from '../devices/unconfirmed.ts'
import { countUnenrolled } from '../directory/unenrolled.ts'
import { waitingMails } from '../mail/queue.ts'
import { copiedPasskeys } from '../operators/passkey-rows.ts'
import { countUnreachable } from '../push/unreachable.ts'
import { asOf, type RequestRow } from '../requests/state.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { syslogState } from '../syslog/cursor.ts'
import { fromWhere } from './attack.ts'
import type { CertificateWatch } from './certificate.ts'
import { latestRequests } from './live.ts'
import { failingSince, pushSince } from './push-counts.ts'
import { perMinute, unusualSince, usualPerMinute } from './rate.ts'
import { listSigns } from './sign-inbox.ts'
import { add, type Counts, count, HOUR, noCounts, talliedUntil, talliesBetween, within } from './tallies.ts'
import { countTyped } from './typed-sign-ins.ts'

const MINUTE = 60_000
const DAY = 24 * HOUR
const WEEK = 7 * DAY
const LATEST = 2000
/** What is counted one by one at most, for a look to cost the same in a flood. */
const COUNTED = 20_000
const SHOWN = 20

type Needs = { store: Store; clock: Clock; certificate: CertificateWatch; config: Pick<Config, 'syslog'> }

export async function overview(needs: Needs, asked?: number): Promise<Overview> {
  const { store, clock, certificate } = needs
  const { read } = store
  const now = clock.now()
  const since = Math.max(asked ?? now - 12 * HOUR, now - 2 * DAY)
  const rows = await latestRequests(read, LATEST)
  const recent = rows.filter((row) => row.created_at > now - 10 * MINUTE)
  const rate = await perMinute(read, now)
  const usual = await usualPerMinute(read, now)
  const unusual = await unusualSince(read, { rate, usual, now })
  const marked = await talliedUntil(read)
  const sum = await talliesBetween(read, since, now)
  add(sum, await untallied(read, Math.max(marked, since), now))
  const { open, oldest } = await reportsOpen(read)
  return {
    at: timestamp(now),
    since: timestamp(since),
    now: { ...shown(sum), typed: await countTyped(read, { from: since, to: now }, MOST_TYPED) },
    weekAgo: {
      ...shown(await talliesBetween(read, since - WEEK, now - WEEK)),
      typed: await countTyped(read, { from: since - WEEK, to: now - WEEK }, MOST_TYPED),
    },
    copiedPasskeys: (await copiedPasskeys(read, SHOWN)).map(({ at, ...of }) => ({ ...of, at: timestamp(at) })),
    reports: { open, oldest: timeOrNull(oldest) },
    approvedAfterDenial: await signsOf(needs, 'approved-after-denial'),
    denying: await signsOf(needs, 'denying'),
    paused: await heldUntil(read, 'push_paused_until', now),
    locked: await heldUntil(read, 'passcodes_locked_until', now),
    codesExpiring: await codesExpiring(read, now),
    unreachable: await countUnreachable(read, MOST_COUNTED),
    notEnrolled: await countUnenrolled(read, undefined, MOST_COUNTED),
    unconfirmed: await unconfirmed(read),
    certificateDays: certificate.daysLeft(),
    perMinute: rate,
    usualPerMinute: usual,
    unusualSince: timeOrNull(unusual),
    ...fromWhere(recent, recent.length === LATEST),
    oldestPush: await oldestPush(read, now),
    webhooks: await failingWebhooks(read),
    syslog: await failingSyslog(needs),
    push: await pushNow(read, now),
    mail: await waitingMails(read),
  }
}

async function signsOf(needs: Needs, kind: SignView['kind']): Promise<Overview['denying']> {
  const { count, signs } = await listSigns(needs, { kind, most: SHOWN })
  return { count, signs }
}

async function pushNow(db: Db, now: number): Promise<Overview['push']> {
  const services = await pushSince(db, now - 5 * MINUTE)
  return Promise.all(
    services.map(async (one) => {
      const since = isFailing(one) ? await failingSince(db, one.service, now) : null
      return { ...one, failingSince: timeOrNull(since) }
    }),
  )
}

/** What the chore has not counted yet: of a minute or two, or the latest of them in a flood. */
async function untallied(db: Db, since: number, now: number): Promise<Counts> {
  const counts = noCounts()
  const rows = await db
    .selectFrom('login_requests')
    .select(['state', 'reason', 'created_at', 'expires_at', 'settled_at', 'delivery'])
    .where('created_at', '>=', since)
    .where('purpose', '=', 'sign-in')
    .orderBy('created_at', 'desc')
    .limit(COUNTED)
    .execute()
  for (const row of rows) count(counts, asOf(row as RequestRow, now))
  return counts
}

function shown(counts: Counts): Omit<Counted, 'typed'> {
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
    since: timeOrNull(since),
    waiting: Number(waiting ?? 0),
  }))
}

async function failingSyslog({ store, config }: Needs): Promise<Overview['syslog']> {
  if (!config.syslog) return null
  const { sent, position, failingSince, missed } = await syslogState(store)
  if (failingSince === null) return null
  const waiting = position - sent - missed
  return { receiver: config.syslog.host, since: timestamp(failingSince), waiting, missed }
}

async function oldestPush(db: Db, now: number): Promise<number | null> {
  const job = await db.selectFrom('outbox').select('due_at').orderBy('due_at').limit(1).executeTakeFirst()
  return job && job.due_at < now ? Math.floor((now - job.due_at) / 1000) : null
}

// What came from an address (of IPv6: its network) and asked no device: passwords that were wrong, passcodes and recovery
// codes that were right.
// Attack seen: passwords of many tried from one place, of whom one person reported what came after.
import { applicationId } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { ReportShown } from '../../protocol/operator-api/reports.ts'
import { usersById } from '../directory/rows.ts'
import { namesOf } from '../policy/rows.ts'
import type { Db } from '../store/schema.ts'
import { type SameNetwork, sameNetwork } from './same-network.ts'

const AFTER_MS = 60 * 60 * 1000
const MOST_SHOWN = 50
/** Entries of each kind, the newest: an address has no index of its own. */
const LOOKED_THROUGH = 2000

const KINDS = {
  'sign-in-failed': 'address',
  'passcode-accepted': 'ip',
  'recovery-code-used': 'ip',
} as const
type Kind = keyof typeof KINDS

type Tries = { tries: ReportShown['triesFromAddress']; since: number | null }

/** @param ip canonical @returns up to an hour after, newest first; `since`: no further back was looked */
export async function triesFrom(db: Db, ip: string, at: number): Promise<Tries> {
  const kinds = Object.keys(KINDS) as Kind[]
  const network = sameNetwork(ip)
  const looked = await Promise.all(kinds.map((kind) => looksOf(db, kind, { network, until: at + AFTER_MS })))
  const rows = looked.flatMap(({ found }) => found).sort((a, b) => b.at - a.at || b.position - a.position)
  const shown = rows.slice(0, MOST_SHOWN)
  const users = await usersById(db, [...new Set(shown.flatMap(({ user_id }) => user_id ?? []))])
  const ids = shown.flatMap(({ application_id: id }) => applicationId.safeParse(id).data ?? [])
  const names = await namesOf(db, [...new Set(ids)])
  const tries = shown.map((row) => {
    const user = row.user_id === null ? undefined : users.get(row.user_id)
    return {
      at: timestamp(row.at),
      what: whatOf(row.kind as Kind, row.detail),
      user: user ? { id: user.id, username: user.username } : null,
      application: names.get(row.application_id as (typeof ids)[number]) ?? null,
    }
  })
  const cuts = looked.flatMap(({ since }) => since ?? [])
  return { tries, since: cuts.length === 0 ? null : Math.max(...cuts) }
}

async function looksOf(db: Db, kind: Kind, { network, until }: { network: SameNetwork; until: number }) {
  const newest = () =>
    db.selectFrom('audit_seals').where('kind', '=', kind).where('at', '<=', until).orderBy('at', 'desc')
  const latest = newest()
    .select(['position', 'seq', 'at', 'kind', 'user_id', 'application_id'])
    .orderBy('position', 'desc')
    .limit(LOOKED_THROUGH)
  const rows = await db
    .selectFrom(latest.as('latest'))
    .innerJoin('audit', 'audit.seq', 'latest.seq')
    .selectAll('latest')
    .select('audit.detail')
    .where('audit.detail', 'like', network.pattern(KINDS[kind]))
    .orderBy('latest.at', 'desc')
    .$if(network.isExact, (query) => query.limit(MOST_SHOWN))
    .execute()
  const from = ({ detail }: { detail: string }) => (JSON.parse(detail) as Record<string, unknown>)[KINDS[kind]]
  const found = rows.filter((row) => network.isIn(from(row))).slice(0, MOST_SHOWN)
  const last = await newest()
    .select('at')
    .offset(LOOKED_THROUGH - 1)
    .limit(1)
    .executeTakeFirst()
  return { found, since: last?.at }
}

function whatOf(kind: Kind, detail: string): ReportShown['triesFromAddress'][number]['what'] {
  if (kind === 'sign-in-failed') return 'failed'
  if (kind === 'recovery-code-used') return 'recovery'
  return 'temporary' in (JSON.parse(detail) as object) ? 'temporary' : 'passcode'
}

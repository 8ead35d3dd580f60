// Writes settled requests in the order of time, busy in the hours of work, with the counts and the reports that they
// would have left.
import type { ApplicationId, RequestId } from '../../protocol/ids.ts'
import type { RequestRow } from '../../server/requests/state.ts'
import type { Store } from '../../server/store/store.ts'
import { type Counts, count, HOUR, noCounts } from '../../server/watching/tallies.ts'
import { insertAll, type Row, withoutIndexes } from './bulk.ts'
import { Chance, idAt } from './chance.ts'
import { type Crowd, deviceIds, devicesOf, personId, usernameOf } from './people.ts'

export type SownApplication = { id: ApplicationId; name: string; share: number }

const BATCH = 2500
const DAYS = 90
/** The latest are over too. */
const UNTIL_MS = 2 * 60_000
const LIFETIME_MS = 60_000
const REDEEM_MS = 30_000
/** Reports are dealt with but for the newest. */
const OPEN_REPORTS = 40

type Sowing = { crowd: Crowd; requests: number; applications: readonly SownApplication[] }

/** @param told each batch, once it is written */
export async function sowRequests(
  store: Store,
  sowing: Sowing,
  told: (rows: readonly RequestRow[]) => Promise<void>,
): Promise<void> {
  const tallies = new Map<string, Row<'tallies'> & { sum: Counts }>()
  const reports: Row<'reports'>[] = []
  await withoutIndexes(store, ['login_requests'], async () => {
    for (const rows of batches(sowing)) {
      await store.write((tx) => insertAll(tx, store.engine, 'login_requests', rows))
      for (const row of rows) tallied(tallies, row)
      reports.push(...rows.filter(({ reason }) => reason === 'not_me').map(reportOf))
      await told(rows)
    }
  })
  const counted = [...tallies.values()].map(({ sum, ...row }) => ({ ...row, counts: JSON.stringify(sum) }))
  await store.write(async (tx) => {
    await insertAll(tx, store.engine, 'tallies', counted)
    await insertAll(tx, store.engine, 'tally_marks', [{ name: 'requests', at: sowing.crowd.now - UNTIL_MS }])
    await insertAll(tx, store.engine, 'reports', reports.map(dealtWith))
  })
}

function* batches(sowing: Sowing): Generator<RequestRow[]> {
  let batch: RequestRow[] = []
  for (const [at, createdAt] of moments(sowing)) {
    batch.push(requestAt(sowing, at, createdAt))
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** How many sign in at each hour of a day, beside the other hours. */
const BUSY = [1, 1, 1, 1, 2, 4, 14, 30, 38, 30, 26, 24, 22, 28, 27, 24, 20, 14, 9, 7, 6, 5, 3, 2]
const isWeekend = (at: number) => [0, 6].includes(new Date(at).getUTCDay())

/** The number and the time of each. */
function* moments({ crowd, requests }: Sowing): Generator<[number, number]> {
  const end = crowd.now - UNTIL_MS
  const first = end - DAYS * 24 * HOUR
  const weights: number[] = []
  for (let hour = first; hour < end; hour += HOUR)
    weights.push((BUSY[new Date(hour).getUTCHours()] ?? 1) * (isWeekend(hour) ? 0.2 : 1))
  const whole = weights.reduce((sum, weight) => sum + weight)
  let at = 0
  let before = 0
  for (const [hour, weight] of weights.entries()) {
    before += weight
    const until = Math.round((before / whole) * requests)
    const [from, inHour] = [at, until - at]
    for (; at < until; at++) yield [at, first + hour * HOUR + Math.floor(((at - from + 0.5) / inHour) * HOUR)]
  }
}

type Ending = { state: RequestRow['state']; reason: RequestRow['reason']; delivery: RequestRow['delivery'] }
const ENDINGS: readonly (readonly [Ending, number])[] = [
  [{ state: 'approved', reason: null, delivery: 'shown' }, 700],
  [{ state: 'approved', reason: null, delivery: 'sent' }, 215],
  [{ state: 'expired', reason: null, delivery: 'sent' }, 40],
  [{ state: 'expired', reason: null, delivery: 'failed' }, 8],
  [{ state: 'denied', reason: 'declined', delivery: 'shown' }, 20],
  [{ state: 'denied', reason: 'wrong_number', delivery: 'shown' }, 6],
  [{ state: 'denied', reason: 'not_me', delivery: 'shown' }, 1],
  [{ state: 'cancelled', reason: null, delivery: 'sent' }, 10],
]
const CLIENTS = ['Chrome on Windows', 'Edge on Windows', 'Safari on macOS', 'Firefox on Linux', 'Chrome on Android']
const PLACES = [
  'Rotterdam, Netherlands',
  'London, United Kingdom',
  'Hamburg, Germany',
  'Kraków, Poland',
  'İzmir, Türkiye',
]

export function requestAt({ crowd, requests, applications }: Sowing, at: number, created_at: number): RequestRow {
  const chance = new Chance(crowd.seed, at, 5)
  const person = someone(crowd, chance)
  const application = chance.weighed(applications.map((one) => [one, one.share] as const))
  const ending = chance.weighed(ENDINGS)
  const id: RequestId = idAt('req', crowd.seed, { at, of: requests })
  const { device, token } = deviceIds(crowd, person)
  const decided = ending.state === 'approved' || ending.state === 'denied'
  const took = 2000 + Math.floor(28_000 * chance.share() ** 3)
  const settled_at = ending.state === 'expired' ? created_at + LIFETIME_MS : created_at + took
  const redeemed = ending.state === 'approved' && chance.share() < 0.98
  return {
    id,
    version: redeemed ? 4 : 3,
    ...ending,
    user_id: personId(crowd, person),
    username: usernameOf(crowd, person),
    application_id: application.id,
    application_name: application.name,
    purpose: 'sign-in',
    nonce: chance.text(22),
    context: contextBy(chance, person),
    targets: JSON.stringify([{ token, device, unlock: 'webauthn', approval: 'standard' }]),
    number_digits: 2,
    number: null,
    secret_hash: chance.text(43),
    passcode: null,
    wrong_passcodes: 0,
    wrong_redeems: 0,
    decided_by_token: decided ? token : null,
    decided_by_device: decided ? device : null,
    number_matched: ending.state === 'approved' ? 1 : 0,
    created_at,
    expires_at: created_at + LIFETIME_MS,
    settled_at,
    redeem_until: ending.state === 'approved' ? settled_at + REDEEM_MS : null,
    redeemed_at: redeemed ? settled_at + 400 : null,
  }
}

/** Some sign in far more often than others; only who has a device. */
function someone(crowd: Crowd, chance: Chance): number {
  for (;;) {
    const person = Math.floor(crowd.users * chance.share() ** 1.5)
    if (devicesOf(crowd, person) > 0) return person
  }
}

/** Mostly from where they always are. */
function contextBy(chance: Chance, person: number): string {
  const isHome = chance.share() < 0.9
  const from = isHome ? person : chance.bits()
  const ip = `198.${18 + (from % 2)}.${(from >>> 1) % 256}.${(from >>> 9) % 256}`
  const notice = isHome ? {} : { notice: 'new-place' }
  return JSON.stringify({
    ip,
    location: PLACES[from % PLACES.length],
    client: CLIENTS[from % CLIENTS.length],
    ...notice,
  })
}

function tallied(tallies: Map<string, Row<'tallies'> & { sum: Counts }>, row: RequestRow): void {
  const hour = row.created_at - (row.created_at % HOUR)
  const key = `${hour} ${row.application_id}`
  const tally = tallies.get(key) ?? { hour, application_id: row.application_id, counts: '', sum: noCounts() }
  count(tally.sum, row)
  tallies.set(key, tally)
}

function reportOf(row: RequestRow): Row<'reports'> {
  return {
    id: `rep_${row.id.slice(4)}`,
    version: 1,
    state: 'open',
    at: row.settled_at ?? row.created_at,
    user_id: row.user_id,
    request_id: row.id,
    device_id: row.decided_by_device ?? '',
    application_id: row.application_id,
    notice_id: null,
    redeemed: 0,
    mistake: 0,
    taken_at: null,
    taken_by: null,
    closed_at: null,
    closed_by: null,
    notes: '[]',
  }
}

function dealtWith(report: Row<'reports'>, index: number, all: readonly unknown[]): Row<'reports'> {
  if (index >= all.length - OPEN_REPORTS) return report
  return { ...report, version: 3, state: 'closed', taken_at: report.at, closed_at: report.at + HOUR }
}

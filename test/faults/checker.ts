// Proves a history against what is in the store: nothing acknowledged may be missing, nothing may have happened twice,
// the audit log may have no gap, and nothing may stand in another order than the one it was seen in.
import type { Deed } from './history.ts'

/** What the store and the audit chain hold afterwards. */
export type Kept = {
  requests: { id: string; login: string | null; state: string; version: number; isRedeemed: boolean }[]
  /** those that were answered with 200 */
  decisions: { request: string; verdict: string }[]
  /** in the order of their numbers */
  audit: { seq: number; kind: string; request: string | null }[]
  chain: { isWhole: boolean; entries: number; says: string }
  /** pushes that still wait, though they could go */
  unsent: number
}

export type Rule = 'lost' | 'twice' | 'gap' | 'order' | 'made-up' | 'overload'
export type Violation = { rule: Rule; about: string; says: string }

const ENDINGS = ['approved', 'denied', 'expired', 'cancelled']
const STATE_AFTER = { approve: 'approved', deny: 'denied' } as const

export function violations(history: readonly Deed[], kept: Kept): Violation[] {
  return [
    ...lost(history, kept),
    ...twice(history, kept),
    ...gaps(kept),
    ...turnedRound(history),
    ...auditTurnedRound(history, kept),
    ...madeUp(history, kept),
  ]
}

/** How many of each rule, for a table. */
export function tally(found: readonly Violation[]): Record<Rule, number> {
  const counts = { lost: 0, twice: 0, gap: 0, order: 0, 'made-up': 0, overload: 0 }
  for (const { rule } of found) counts[rule] += 1
  return counts
}

function lost(history: readonly Deed[], kept: Kept): Violation[] {
  const rows = new Map(kept.requests.map((row) => [row.id, row]))
  const found: Violation[] = []
  const missing = (about: string, says: string) => found.push({ rule: 'lost', about, says })
  for (const { step, said, request, login, state } of history) {
    if (said !== 'yes' || request === null) continue
    const row = rows.get(request)
    if (!row || row.login !== login) missing(request, `${step} was acknowledged, and there is no such request`)
    else if ((step === 'approve' || step === 'deny') && row.state !== STATE_AFTER[step])
      missing(request, `${step} was acknowledged, and the request is ${row.state}`)
    else if (step === 'redeem' && !row.isRedeemed) missing(request, 'redeem was acknowledged, and it is not redeemed')
    else if (step === 'read' && state !== 'pending' && row.state !== state)
      missing(request, `it was shown as ${state}, and is ${row.state}`)
  }
  if (kept.unsent > 0) missing('outbox', `${kept.unsent} pushes were never sent`)
  return found
}

function twice(history: readonly Deed[], kept: Kept): Violation[] {
  const settled = kept.audit.filter(({ kind }) => ENDINGS.includes(kind))
  const redeemed = kept.audit.filter(({ kind }) => kind === 'redeemed')
  const heard = (steps: readonly string[]) => history.filter(({ step, said }) => said === 'yes' && steps.includes(step))
  return [
    ...repeated(settled, ({ request }) => request, 'two endings in the audit log'),
    ...repeated(redeemed, ({ request }) => request, 'redeemed twice in the audit log'),
    ...repeated(kept.decisions, ({ request }) => request, 'two decisions settled it'),
    ...repeated(kept.requests, ({ login }) => login, 'made twice for one Idempotency-Key'),
    ...repeated(heard(['approve', 'deny']), ({ request }) => request, 'two decisions were acknowledged'),
    ...repeated(heard(['redeem']), ({ request }) => request, 'two redemptions were acknowledged'),
  ]
}

function repeated<T>(items: readonly T[], of: (item: T) => string | null, says: string): Violation[] {
  const counts = new Map<string | null, number>()
  for (const item of items) counts.set(of(item), (counts.get(of(item)) ?? 0) + 1)
  return [...counts].flatMap(([about, count]) =>
    about !== null && count > 1 ? [{ rule: 'twice' as const, about, says }] : [],
  )
}

function gaps({ requests, audit, chain }: Kept): Violation[] {
  const known = new Set(audit.map(({ kind, request }) => `${kind} ${request}`))
  const found: Violation[] = []
  const gap = (about: string, says: string) => found.push({ rule: 'gap', about, says })
  for (const { id, state, isRedeemed } of requests) {
    if (state !== 'pending' && !known.has(`${state} ${id}`)) gap(id, `${state}, and the audit log does not know`)
    if (isRedeemed && !known.has(`redeemed ${id}`)) gap(id, 'redeemed, and the audit log does not know')
  }
  const states = new Map(requests.map(({ id, state }) => [id, state]))
  for (const { kind, request } of audit)
    if (ENDINGS.includes(kind) && states.get(request ?? '') !== kind)
      gap(String(request), `the audit log says ${kind}, the store ${states.get(request ?? '')}`)
  if (!chain.isWhole) gap('chain', chain.says)
  if (chain.entries !== audit.length) gap('chain', `${chain.entries} of ${audit.length} entries are in the chain`)
  return found
}

/** Of one request: who asks after an answer may not be shown something older. */
function turnedRound(history: readonly Deed[]): Violation[] {
  const found: Violation[] = []
  for (const deeds of byRequest(history).values()) {
    for (const later of deeds)
      for (const earlier of deeds) if (earlier.heard < later.began) found.push(...older(earlier, later))
  }
  return found
}

function older(earlier: Deed, later: Deed): Violation[] {
  const about = later.request ?? ''
  const isSettled = earlier.step === 'approve' || earlier.step === 'deny' || (earlier.state ?? 'pending') !== 'pending'
  if (isSettled && later.state === 'pending')
    return [{ rule: 'order', about, says: 'shown as pending after its ending was told' }]
  if ((later.version ?? Number.POSITIVE_INFINITY) < (earlier.version ?? 0))
    return [{ rule: 'order', about, says: `version ${later.version} was shown after version ${earlier.version}` }]
  return []
}

function byRequest(history: readonly Deed[]): Map<string, Deed[]> {
  const requests = new Map<string, Deed[]>()
  for (const deed of history) {
    if (deed.request === null || deed.said !== 'yes') continue
    requests.set(deed.request, [...(requests.get(deed.request) ?? []), deed])
  }
  return requests
}

type Placed = Deed & { seq: number }

/** Of all: what was acknowledged before something else was begun stands before it in the log. */
function auditTurnedRound(history: readonly Deed[], { audit }: Kept): Violation[] {
  const placed = inTheLog(history, audit)
  const byEnd = placed.toSorted((a, b) => a.heard - b.heard)
  const found: Violation[] = []
  let latest = 0
  let next = 0
  for (const deed of placed.toSorted((a, b) => a.began - b.began)) {
    for (; (byEnd[next]?.heard ?? Number.POSITIVE_INFINITY) < deed.began; next++)
      latest = Math.max(latest, byEnd[next]?.seq ?? 0)
    if (deed.seq < latest)
      found.push({ rule: 'order', about: String(deed.request), says: `${deed.step} stands before an older entry` })
  }
  return found
}

function inTheLog(history: readonly Deed[], audit: Kept['audit']): Placed[] {
  const numbers = new Map(audit.map(({ kind, request, seq }) => [`${kind} ${request}`, seq]))
  const kinds: Partial<Record<Deed['step'], string>> = { ...STATE_AFTER, redeem: 'redeemed' }
  return history.flatMap((deed) => {
    const seq = numbers.get(`${kinds[deed.step]} ${deed.request}`)
    return seq === undefined || deed.said !== 'yes' ? [] : [{ ...deed, seq }]
  })
}

/** What nobody asked for. */
function madeUp(history: readonly Deed[], { requests, decisions }: Kept): Violation[] {
  const asked = new Set(history.filter(({ step }) => step === 'create').map(({ login }) => login))
  const logins = new Map(requests.map(({ id, login }) => [id, login]))
  const decided = new Set(history.map(({ step, login }) => `${step} ${login}`))
  return [
    ...requests.flatMap(({ id, login }) =>
      login !== null && asked.has(login) ? [] : [{ rule: 'made-up' as const, about: id, says: 'nobody asked for it' }],
    ),
    ...decisions.flatMap(({ request, verdict }) =>
      decided.has(`${verdict} ${logins.get(request)}`)
        ? []
        : [{ rule: 'made-up' as const, about: request, says: `nobody said ${verdict}` }],
    ),
  ]
}

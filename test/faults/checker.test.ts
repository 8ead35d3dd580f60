// The checker itself: it must find what it is there to find.
import { expect, it } from 'vitest'
import { type Kept, violations } from './checker.ts'
import { History } from './history.ts'

/** Two logins, one after the other: the first approved and redeemed, the second denied. */
function told() {
  const history = new History()
  const done = (
    step: Parameters<History['begin']>[0],
    login: string,
    seen: { state?: string; version?: number } = {},
  ) => history.begin(step, login, `req_${login}`)({ said: 'yes', ...seen })
  done('create', 'a', { state: 'pending', version: 1 })
  done('approve', 'a')
  done('read', 'a', { state: 'approved', version: 2 })
  done('redeem', 'a')
  done('create', 'b', { state: 'pending', version: 1 })
  done('deny', 'b')
  return history
}

function whole(): Kept {
  return {
    requests: [
      { id: 'req_a', login: 'a', state: 'approved', version: 3, isRedeemed: true },
      { id: 'req_b', login: 'b', state: 'denied', version: 2, isRedeemed: false },
    ],
    decisions: [
      { request: 'req_a', verdict: 'approve' },
      { request: 'req_b', verdict: 'deny' },
    ],
    audit: [
      { seq: 1, kind: 'approved', request: 'req_a' },
      { seq: 2, kind: 'redeemed', request: 'req_a' },
      { seq: 3, kind: 'denied', request: 'req_b' },
    ],
    chain: { isWhole: true, entries: 3, says: '' },
    unsent: 0,
  }
}

const rules = (kept: Kept, history = told()) => [...new Set(violations(history.deeds, kept).map(({ rule }) => rule))]

it('finds nothing where everything is as it was told', () => {
  expect(violations(told().deeds, whole())).toEqual([])
})

it('finds an acknowledged creation that is gone', () => {
  const kept = whole()
  kept.requests.pop()
  kept.decisions.pop()
  kept.audit.pop()
  kept.chain.entries = 2
  expect(rules(kept)).toEqual(['lost'])
})

it.each([
  ['a decision', { state: 'pending', isRedeemed: false }],
  ['a decision that became another', { state: 'denied', isRedeemed: false }],
  ['a redemption', { state: 'approved', isRedeemed: false }],
])('finds an acknowledgement that was lost: %s', (_what, change) => {
  const kept = whole()
  kept.requests = kept.requests.map((row) => (row.id === 'req_a' ? { ...row, ...change } : row))
  expect(rules(kept)).toContain('lost')
})

it('finds a push that nobody sent', () => {
  expect(rules({ ...whole(), unsent: 1 })).toEqual(['lost'])
})

it('asks nothing of what was never acknowledged', () => {
  const history = told()
  history.begin('create', 'c', null)({ said: 'unknown' })
  history.begin('redeem', 'b', 'req_b')({ said: 'no' })
  expect(violations(history.deeds, whole())).toEqual([])
})

it.each([
  ['in the audit log', (kept: Kept) => kept.audit.push({ seq: 4, kind: 'approved', request: 'req_a' })],
  ['by two decisions', (kept: Kept) => kept.decisions.push({ request: 'req_a', verdict: 'approve' })],
  ['by two redemptions', (kept: Kept) => kept.audit.push({ seq: 4, kind: 'redeemed', request: 'req_a' })],
  [
    'by a creation that was sent again',
    (kept: Kept) => kept.requests.push({ id: 'req_c', login: 'a', state: 'pending', version: 1, isRedeemed: false }),
  ],
])('finds what happened twice: %s', (_what, change) => {
  const kept = whole()
  change(kept)
  kept.chain.entries = kept.audit.length
  expect(rules(kept)).toContain('twice')
})

it('finds two acknowledgements where there can be one', () => {
  const history = told()
  history.begin('redeem', 'a', 'req_a')({ said: 'yes' })
  expect(rules(whole(), history)).toContain('twice')
})

it.each([
  ['an ending that was not written down', (kept: Kept) => kept.audit.pop()],
  [
    'an ending that is not in the store',
    (kept: Kept) => {
      const [first] = kept.requests
      if (first) first.state = 'pending'
    },
  ],
  ['an entry outside the chain', (kept: Kept) => (kept.chain.entries = 2)],
  ['a broken chain', (kept: Kept) => (kept.chain.isWhole = false)],
])('finds a gap: %s', (_what, change) => {
  const kept = whole()
  change(kept)
  expect(rules(kept)).toContain('gap')
})

it('finds an order that was turned round: shown as pending after it had ended', () => {
  const history = told()
  history.begin('read', 'b', 'req_b')({ said: 'yes', state: 'pending', version: 1 })
  expect(rules(whole(), history)).toEqual(['order'])
})

it('finds an order that was turned round: an older version after a newer one', () => {
  const history = told()
  history.begin('read', 'a', 'req_a')({ said: 'yes', state: 'approved', version: 3 })
  history.begin('read', 'a', 'req_a')({ said: 'yes', state: 'approved', version: 2 })
  expect(rules(whole(), history)).toEqual(['order'])
})

it('finds an order that was turned round: the log has another than the one things were acknowledged in', () => {
  const kept = whole()
  kept.audit = [
    { seq: 1, kind: 'denied', request: 'req_b' },
    { seq: 2, kind: 'approved', request: 'req_a' },
    { seq: 3, kind: 'redeemed', request: 'req_a' },
  ]
  expect(rules(kept)).toEqual(['order'])
})

it('lets what was under way at the same time stand in any order', () => {
  const history = new History()
  const both = ['a', 'b'].map((login) => [
    history.begin('create', login, `req_${login}`),
    history.begin('deny', login, `req_${login}`),
  ])
  for (const hear of both.flat()) hear({ said: 'yes' })
  const rows = ['a', 'b'].map((login) => ({
    id: `req_${login}`,
    login,
    state: 'denied',
    version: 2,
    isRedeemed: false,
  }))
  const kept: Kept = {
    requests: rows,
    decisions: rows.map(({ id }) => ({ request: id, verdict: 'deny' })),
    audit: [
      { seq: 1, kind: 'denied', request: 'req_b' },
      { seq: 2, kind: 'denied', request: 'req_a' },
    ],
    chain: { isWhole: true, entries: 2, says: '' },
    unsent: 0,
  }
  expect(violations(history.deeds, kept)).toEqual([])
})

it('finds what nobody asked for', () => {
  const kept = whole()
  kept.requests.push({ id: 'req_x', login: null, state: 'pending', version: 1, isRedeemed: false })
  expect(rules(kept)).toEqual(['made-up'])
})

// What is unusual about a request, and what the policy makes of that: pure.
import { CAUTION_MS } from '../../protocol/decision.ts'
import { type PolicyMember, RISK_ANSWERS } from '../../protocol/policy.ts'
import type { Effective } from './effective.ts'

export type RiskSignal = 'new-place' | 'new-client' | 'recent-denials'

type Facts = {
  context: { client?: string; notice?: 'new-place' }
  /** they were asked by what they come, and what they say is nothing known: never what was approved before */
  isClientHidden: boolean
  /** what this person approved from before */
  clients: readonly string[]
  /** when they denied or reported last; 0: never */
  deniedAt: number
  now: number
}

export function riskSignals({ context, isClientHidden, clients, deniedAt, now }: Facts): RiskSignal[] {
  const { client } = context
  const isOther = isClientHidden || (client !== undefined && !clients.includes(client))
  const isNewClient = isOther && clients.length > 0
  const isDenied = deniedAt > now - CAUTION_MS
  return [
    ...(context.notice === 'new-place' ? (['new-place'] as const) : []),
    ...(isNewClient ? (['new-client'] as const) : []),
    ...(isDenied ? (['recent-denials'] as const) : []),
  ]
}

const ANSWERED_BY = {
  'new-place': 'onNewPlace',
  'new-client': 'onNewClient',
  'recent-denials': 'onRecentDenials',
} as const satisfies Record<RiskSignal, PolicyMember>

/** Where several are unusual the strongest answer is given. @returns what then holds, or that it is refused */
export function underRisk(held: Effective, signals: readonly RiskSignal[]): Effective | 'refused' {
  const answers = signals.flatMap((signal) => held[ANSWERED_BY[signal]] ?? [])
  const strongest = RISK_ANSWERS.findLast((answer) => answers.some(({ value }) => value === answer)) ?? 'nothing'
  if (strongest === 'refuse') return 'refused'
  const from = answers.filter(({ value }) => value === strongest).flatMap((answer) => answer.from)
  if (strongest === 'number-and-unlock')
    return { ...held, numberMatching: { value: 'on', from }, unlock: { value: 'webauthn', from } }
  if (strongest === 'number') return { ...held, numberMatching: { value: 'on', from } }
  if (held.numberMatching?.value !== 'when-risky') return held
  return { ...held, numberMatching: { ...held.numberMatching, value: signals.length > 0 ? 'on' : 'off' } }
}

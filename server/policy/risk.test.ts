import { describe, expect, it } from 'vitest'
import { CAUTION_MS } from '../../protocol/decision.ts'
import type { Policy, RiskAnswer } from '../../protocol/policy.ts'
import { effectivePolicy } from './effective.ts'
import { riskSignals, underRisk } from './risk.ts'

const NOW = 10 ** 12
const usual = {
  context: { client: 'Chrome on Windows' },
  isClientHidden: false,
  clients: ['Chrome on Windows'],
  deniedAt: 0,
  now: NOW,
}
const held = (policy: Policy) => effectivePolicy({ groups: [], organisation: { scope: 'organisation', policy } })

describe('what is unusual', () => {
  it('is nothing where all is as before, or where nothing was before', () => {
    expect(riskSignals(usual)).toEqual([])
    expect(riskSignals({ ...usual, clients: [] })).toEqual([])
    expect(riskSignals({ ...usual, context: {} })).toEqual([])
  })

  it('is another place, another client, a denial a moment ago', () => {
    const deniedAt = NOW - CAUTION_MS + 1
    const context = { client: 'curl', notice: 'new-place' as const }
    expect(riskSignals({ ...usual, context, deniedAt })).toEqual(['new-place', 'new-client', 'recent-denials'])
    expect(riskSignals({ ...usual, deniedAt: NOW - CAUTION_MS })).toEqual([])
  })

  it('is a browser that does not say what it is, where others were approved from before', () => {
    const hidden = { ...usual, context: {}, isClientHidden: true }
    expect(riskSignals(hidden)).toEqual(['new-client'])
    expect(riskSignals({ ...hidden, clients: [] })).toEqual([])
  })
})

describe('what a policy makes of it', () => {
  it.each<[RiskAnswer, RiskAnswer, unknown, unknown]>([
    ['nothing', 'nothing', 'off', undefined],
    ['number', 'nothing', 'on', undefined],
    ['nothing', 'number-and-unlock', 'on', 'webauthn'],
    ['number', 'number-and-unlock', 'on', 'webauthn'],
  ])('of %s and %s the strongest', (onNewPlace, onNewClient, number, unlock) => {
    const policy = held({ numberMatching: 'off', onNewPlace, onNewClient })
    const after = underRisk(policy, ['new-place', 'new-client'])
    if (after === 'refused') throw new Error('it was refused')
    expect([after.numberMatching?.value, after.unlock?.value]).toEqual([number, unlock])
  })

  it('may be a refusal, but only where that very thing is unusual', () => {
    const policy = held({ onRecentDenials: 'refuse', onNewPlace: 'number' })
    expect(underRisk(policy, ['new-place', 'recent-denials'])).toBe('refused')
    expect(underRisk(policy, ['new-place'])).not.toBe('refused')
  })

  it('is a number only then, where numbers are for risk alone', () => {
    const policy = held({ numberMatching: 'when-risky' })
    expect(underRisk(policy, [])).toMatchObject({ numberMatching: { value: 'off' } })
    expect(underRisk(policy, ['new-client'])).toMatchObject({ numberMatching: { value: 'on' } })
  })
})

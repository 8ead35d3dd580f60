import { describe, expect, it } from 'vitest'
import type { PolicyView } from '../../../protocol/operator-api/policies.ts'
import { lessStrict } from './less-strict.ts'

const view = (scope: string, name: string | null, policy: PolicyView['policy']) =>
  ({ scope, name, version: 1, policy }) as PolicyView

describe('a number for all', () => {
  it('is for everybody where no document that weighs more asks for less', () => {
    const organisation = view('organisation', null, { numberMatching: 'on' })
    const strict = view('grp_a', 'Board', { numberMatching: 'on' })
    const silent = view('app_a', 'Harbour', { devices: 2 })
    expect(lessStrict([organisation, strict, silent])).toEqual([])
    expect(lessStrict([view('organisation', null, { numberMatching: 'off' })])).toEqual([])
  })

  it('names each that asks for less, and what it asks', () => {
    const policies = [
      view('organisation', null, { numberMatching: 'on', withoutNumber: 'approval' }),
      view('app_a', 'Harbour', { numberMatching: 'off' }),
      view('grp_a', 'Crane crew', { numberMatching: 'when-risky' }),
    ]
    expect(lessStrict(policies).map(({ scope, says }) => `${scope}: ${says}`)).toEqual([
      'organisation: approving is enough at doors that can show no number',
      'app_a: Never',
      'grp_a: Only when something is unusual',
    ])
  })
})

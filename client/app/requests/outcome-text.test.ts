import { describe, expect, it } from 'vitest'
import type { DeviceRequest } from '../../device/index.ts'
import type { Ending } from './decision-flow.ts'
import { outcomeOf } from './outcome-text.ts'

const request = { purpose: 'sign-in', application: { name: 'Harbour' } } as DeviceRequest
const words = (ending: Ending, asked = request) => outcomeOf(ending, asked)
const more = (ending: Ending, asked = request) =>
  words(ending, asked)
    .more?.map(({ text }) => text)
    .join('')

describe('the words for an end', () => {
  it.each(['reported', 'reported-over', 'reported-late', 'too-late', 'inactive', 'gone', 'unlock-gone'] as const)(
    'offer no report where there is nothing to report: %s',
    (ending) => {
      expect(words(ending).report).toBeUndefined()
    },
  )

  it.each(['denied', 'wrong-numbers', 'wrong-passcodes', 'expired', 'cancelled', 'elsewhere', 'unanswered'] as const)(
    'offer “It wasn’t me!” after %s',
    (ending) => {
      expect(words(ending).report).toBe('outcome.notMe')
    },
  )

  it('say that a report stopped a sign-in only where one was left to stop', () => {
    const call = { ...request, purpose: 'verify-caller' } as const
    expect(words('reported').title).toMatch(/stopped/)
    for (const ending of ['reported-over', 'reported-late'] as const) expect(words(ending).title).not.toMatch(/stopped/)
    for (const ending of ['reported', 'reported-over', 'reported-late'] as const)
      expect(words(ending, call).title).not.toMatch(/sign-in/)
  })

  it('say so where somebody was confirmed to the help desk before the report', () => {
    const call = { ...request, purpose: 'verify-caller' } as const
    expect(words('reported-late', call)).toMatchObject({ tone: 'bad', title: expect.stringContaining('confirmed') })
    expect(words('reported', call)).toMatchObject({ tone: 'good', title: expect.not.stringContaining('confirmed') })
  })

  it('let an approval be taken back', () => {
    expect(words('approved').report).toBe('outcome.mistake')
  })

  it.each(['expired', 'wrong-numbers', 'wrong-passcodes'] as const)(
    'say how to go on signing in after %s, and not to whom the help desk calls',
    (ending) => {
      expect(more(ending)).toMatch(/try again/i)
      expect(more(ending, { ...request, purpose: 'verify-caller' })).toBeUndefined()
    },
  )

  it('claim nothing about an answer that never came', () => {
    expect(`${words('unanswered').title} ${more('unanswered')}`).not.toMatch(/approved|denied/i)
  })

  it('name who asked, for a call too', () => {
    expect(more('approved')).toContain('Harbour')
    expect(more('approved', { ...request, purpose: 'verify-caller' })).toContain('Harbour’s help desk')
  })
})

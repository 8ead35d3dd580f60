import { describe, expect, it } from 'vitest'
import { translator } from './translate.ts'

const { t, parts } = translator({
  'greeting.plain': 'Hello',
  'greeting.named': 'Hello {name}, this is {place}',
  'tries.one': '{count} try left for {name}',
  'tries.other': '{count} tries left for {name}',
})

describe('words', () => {
  it('are looked up by key and filled in', () => {
    expect(t('greeting.plain')).toBe('Hello')
    expect(t('greeting.named', { name: 'alice', place: 'Harbour' })).toBe('Hello alice, this is Harbour')
  })

  it('choose the form that the number asks for', () => {
    expect(t('tries', { count: 1, name: 'alice' })).toBe('1 try left for alice')
    expect(t('tries', { count: 2, name: 'alice' })).toBe('2 tries left for alice')
    expect(t('tries', { count: 1200, name: 'alice' })).toBe('1,200 tries left for alice')
  })

  it('take a name that looks like a placeholder as a name', () => {
    expect(t('greeting.named', { name: '{place}', place: 'Harbour' })).toBe('Hello {place}, this is Harbour')
  })

  it('come apart where something foreign stands in them', () => {
    expect(parts('greeting.named', { name: 'alice', place: 'Harbour' })).toEqual([
      { text: 'Hello ', foreign: false },
      { text: 'alice', foreign: true },
      { text: ', this is ', foreign: false },
      { text: 'Harbour', foreign: true },
    ])
  })

  it('follow the language’s own plural forms', () => {
    const polish = translator(
      { 'x.one': '{count} próba', 'x.few': '{count} próby', 'x.many': '{count} prób', 'x.other': '{count} próby' },
      'pl',
    )
    expect([1, 3, 5].map((count) => polish.t('x', { count }))).toEqual(['1 próba', '3 próby', '5 prób'])
  })
})

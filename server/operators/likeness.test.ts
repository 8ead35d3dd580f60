import { describe, expect, it } from 'vitest'
import { looksLike } from './likeness.ts'

describe('a name of an operator', () => {
  it.each([
    ['Bea Owner', 'bea owner'],
    ['Bea Owner', 'Bea 0wner'],
    ['Bea Owner', 'Bеа Оwnеr'],
    ['Bea Owner', 'Βea Οwner'],
    ['Bea Owner', 'Ｂea  Owner'],
    ['Bea Owner', 'Bea\u200b Owner'],
    ['Bea Owner', '𝐁𝐞𝐚 Owner'],
    ['Lila', 'Iila'],
    ['Lila', 'lila'],
    ['Lila', '1ila'],
    ['Tom', 'Torn'],
    ['Wim', 'VVim'],
  ])('%s is taken for %s', (name, other) => {
    expect(looksLike(name, other)).toBe(true)
    expect(looksLike(other, name)).toBe(true)
  })

  it.each([
    ['Bea', 'Bee'],
    ['Alia', 'Alla'],
    ['Renée', 'Renee'],
    ['Жанна', 'Анна'],
    ['Νίκος', 'Νίκη'],
    ['Bea Owner', 'Bea Owner 2'],
  ])('%s is another than %s', (name, other) => {
    expect(looksLike(name, other)).toBe(false)
  })
})

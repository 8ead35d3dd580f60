import { describe, expect, it } from 'vitest'
import { digitsOf } from './digits-of.ts'

describe('typed digits', () => {
  it('drop everything else and stop at the length', () => {
    expect(digitsOf(' 4-2\n', 2)).toBe('42')
    expect(digitsOf('4217', 2)).toBe('42')
    expect(digitsOf('abc', 2)).toBe('')
  })

  it('are the same in any script', () => {
    expect(digitsOf('４２', 2)).toBe('42')
    expect(digitsOf('٤٢', 2)).toBe('42')
    expect(digitsOf('०९', 2)).toBe('09')
  })
})

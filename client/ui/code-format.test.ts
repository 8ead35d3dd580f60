import { expect, it } from 'vitest'
import { grouped, spelled } from './code-format.ts'

it('groups a code for the eye', () => {
  expect(grouped('123456')).toEqual(['123', '456'])
  expect(grouped('12345678')).toEqual(['1234', '5678'])
  expect(grouped('')).toEqual([])
})

it('spells a code for the ear', () => {
  expect(spelled('0420')).toBe('0 4 2 0')
})

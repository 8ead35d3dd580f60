import { expect, it } from 'vitest'
import { inGroups, typedLength } from './code-groups.ts'

it('groups a code by four, however it was separated', () => {
  expect(inGroups('0123-4567 89ab')).toBe('0123 4567 89ab')
  expect(inGroups('0123 4')).toBe('0123 4')
  expect(inGroups('')).toBe('')
})

it('leaves a pasted link as it is', () => {
  const link = 'https://app.example/enrol#0123456789abcdefghjkmnpqrs'
  expect(inGroups(link)).toBe(link)
})

it('counts what was typed and not what separates it', () => {
  expect(typedLength('0123 4567-8')).toBe(9)
})

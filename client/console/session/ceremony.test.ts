import { expect, it } from 'vitest'
import { ceremonyFault } from './ceremony.ts'

it.each([
  ['NotAllowedError', 'cancelled'],
  ['AbortError', 'cancelled'],
  ['InvalidStateError', 'known'],
  ['NotSupportedError', 'unsupported'],
  ['ConstraintError', 'unsupported'],
  ['SecurityError', 'failed'],
])('%s is told as %s', (name, fault) => {
  expect(ceremonyFault(Object.assign(new Error('x'), { name }))).toBe(fault)
})

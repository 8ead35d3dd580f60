import { expect, it } from 'vitest'
import { faultOf } from './unlock-fault.ts'

it.each([
  ['NotAllowedError', 'cancelled'],
  ['AbortError', 'cancelled'],
  ['NotSupportedError', 'unsupported'],
  ['ConstraintError', 'unsupported'],
  ['NotReadableError', 'failed'],
  ['UnknownError', 'failed'],
])('a ceremony that ends with %s counts as %s', (name, fault) => {
  expect(faultOf(new DOMException('', name))).toBe(fault)
})

it('takes anything else for a failure', () => {
  expect(faultOf('?')).toBe('failed')
})

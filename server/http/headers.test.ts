import { expect, it } from 'vitest'
import { defaultHeaders } from './headers.ts'

it('a server of https alone is remembered by browsers as one, and one of this machine is not', () => {
  expect(defaultHeaders(true)['Strict-Transport-Security']).toBe('max-age=63072000')
  expect(defaultHeaders(false)).not.toHaveProperty('Strict-Transport-Security')
})

import { expect, it } from 'vitest'
import { Refusal } from './conversation.ts'
import { refusalText } from './refusal-text.ts'

const refused = (errors: Record<string, string>) =>
  refusalText(new Refusal({ type: 'urn:countersign:problem:invalid', errors }))

it('a refused form says which field, and why', () => {
  expect(refused({ '/redirectUris/1': 'must begin with https', '/name': 'must not be empty' })).toBe(
    'Something in it is not right: “Redirect URIs” must begin with https; “Name” must not be empty',
  )
})

it('a field is called what its form calls it, and what no form asks for near its own name', () => {
  expect(refused({ '/client/postLogoutRedirectUris/0': 'must be https' })).toContain(
    '“After signing out” must be https',
  )
  expect(refused({ '/policy/numberDigits': 'must be 2, 3 or 6' })).toContain('“Digits of the number” must be')
  expect(refused({ '/keepHours': 'must be a number' })).toContain(': keep hours must be a number')
})

it('the same of many rows is said once, and what is no field’s by itself', () => {
  expect(refused({ '/users/0': 'must be an id', '/users/1': 'must be an id', '': 'must be an object' })).toBe(
    'Something in it is not right: users must be an id; must be an object',
  )
})

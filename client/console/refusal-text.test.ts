import { expect, it } from 'vitest'
import { Refusal } from './conversation.ts'
import { refusalText } from './refusal-text.ts'

const refused = (errors: Record<string, string>) =>
  refusalText(new Refusal({ type: 'urn:countersign:problem:invalid', errors }))

it('a refused form says which field, and why', () => {
  expect(refused({ '/redirectUris/1': 'must begin with https', '/name': 'must not be empty' })).toBe(
    'Something in it is not right: redirect uris must begin with https; name must not be empty',
  )
})

it('the same of many rows is said once, and what is no field’s by itself', () => {
  expect(refused({ '/users/0': 'must be an id', '/users/1': 'must be an id', '': 'must be an object' })).toBe(
    'Something in it is not right: users must be an id; must be an object',
  )
})

import { expect, it } from 'vitest'
import { Refusal, Unreachable } from './conversation.ts'
import { refusedFields } from './refused-fields.ts'

const refusal = (slug: string, errors = {}) => new Refusal({ type: `urn:countersign:problem:${slug}`, errors })
const split = (error: unknown, ...members: string[]) => {
  const { at, rest } = refusedFields(error, new Set(members))
  return [Object.fromEntries(at), rest]
}

it('what is wrong of one field stands there, with the line where it has many; the rest where the form was sent', () => {
  const errors = {
    '/redirectUris/1': 'must begin with https',
    '/redirectUris/2': 'is too long',
    '/client/jwks/keys/0/kty': 'must be EC',
    '/kinds': 'must not be empty',
  }
  expect(split(refusal('invalid', errors), 'name', 'redirectUris', 'jwks')).toEqual([
    { redirectUris: 'Line 2 must begin with https. Line 3 is too long.', jwks: 'It must be EC.' },
    'Something in it is not right: “What it is told” must not be empty',
  ])
})

it('what is wrong of a part that has a field of its own stands at that', () => {
  const errors = { '/policy/workingHours/1/zone': 'must be a time zone', '/policy/workingHours/0/days': 'is empty' }
  const members = ['workingHours', 'workingHours/0/zone', 'workingHours/1/zone']
  expect(split(refusal('invalid', errors), ...members)).toEqual([
    { 'workingHours/1/zone': 'It must be a time zone.', workingHours: 'Line 1 is empty.' },
    undefined,
  ])
})

it('a name that is taken is the field’s, where the form has it', () => {
  expect(split(refusal('username-taken'), 'username')).toEqual([
    { username: 'A person with that user name already exists.' },
    undefined,
  ])
  expect(split(refusal('username-taken'), 'name')).toEqual([{}, 'A person with that user name already exists.'])
})

it('what is no field’s is said as ever', () => {
  expect(split(new Unreachable('no answer'), 'name')[1]).toMatch(/can’t be reached/)
  expect(split(refusal('invalid', { '/name': 'is too long' }))[1]).toContain('“Name” is too long')
})

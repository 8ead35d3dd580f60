import { expect, it } from 'vitest'
import { factsOf } from './request-facts.ts'

it('reads strings and nothing else', () => {
  expect(
    factsOf({
      context: { ip: '203.0.113.7', location: 7, client: null, message: '  ', notice: 'new-place', future: [] },
    }),
  ).toEqual({
    ip: '203.0.113.7',
    location: undefined,
    client: undefined,
    resource: undefined,
    message: undefined,
    newPlace: true,
  })
})

it('does not take what objects inherit for a fact', () => {
  expect(factsOf({ context: Object.create({ location: 'Rotterdam' }) }).location).toBeUndefined()
})

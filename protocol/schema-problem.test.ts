// Whoever sends what a schema refuses reads of each fault where it is, and what would be right there.
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { Problem } from './problems.ts'
import { parseOrRefuse } from './schema-problem.ts'

const schema = z.object({
  name: z.string().check(z.minLength(2)),
  mode: z.enum(['on', 'off', 'when-risky']),
  'a/b~c': z.literal(true),
  most: z.int().check(z.maximum(9)),
  list: z.array(z.string()).check(z.minLength(1), z.maxLength(1)),
  strict: z.strictObject({ known: z.optional(z.boolean()) }),
  either: z.union([z.string(), z.number()]),
  own: z.string().check(z.regex(/^a/, 'must begin with a')),
  kind: z.discriminatedUnion('kind', [z.object({ kind: z.literal('x') }), z.object({ kind: z.literal('y') })]),
})
const RIGHT = {
  name: 'alice',
  mode: 'on',
  'a/b~c': true,
  most: 1,
  list: ['a'],
  strict: {},
  either: 1,
  own: 'a',
  kind: { kind: 'x' },
}

function faults(changes: object): unknown {
  try {
    parseOrRefuse(schema, { ...RIGHT, ...changes })
    return undefined
  } catch (error) {
    return (error as Problem).members?.errors
  }
}

describe('a schema’s faults', () => {
  it('are none where all is right', () => {
    expect(faults({})).toBeUndefined()
  })

  it.each([
    [{ name: undefined }, { '/name': 'is missing' }],
    [{ name: 7 }, { '/name': 'must be a text' }],
    [{ name: 'a' }, { '/name': 'must be at least 2 characters long' }],
    [{ mode: 'of' }, { '/mode': 'must be one of on, off, when-risky' }],
    [{ 'a/b~c': 1 }, { '/a~1b~0c': 'must be true' }],
    [{ most: 1.5 }, { '/most': 'must be a whole number' }],
    [{ most: 10 }, { '/most': 'must be at most 9' }],
    [{ list: ['a', 'b'] }, { '/list': 'must be at most 1 entries long' }],
    [{ list: [] }, { '/list': 'must not be empty' }],
    [{ list: {} }, { '/list': 'must be a list' }],
    [{ strict: { other: 1 } }, { '/strict': 'has members that nobody knows: other' }],
    [{ strict: null }, { '/strict': 'must be an object' }],
    [{ either: null }, { '/either': 'is not as it has to be' }],
    [{ either: undefined }, { '/either': 'is missing' }],
    [{ own: 'b' }, { '/own': 'must begin with a' }],
    [{ kind: { kind: 'z' } }, { '/kind/kind': 'is not as it has to be' }],
    [
      { name: undefined, most: 'x' },
      { '/name': 'is missing', '/most': 'must be a number' },
    ],
  ])('%j are told as %j', (changes, told) => {
    expect(faults(changes)).toEqual(told)
  })

  it('of the whole have no place', () => {
    expect(() => parseOrRefuse(schema, 'text')).toThrow(Problem)
    expect(() => parseOrRefuse(schema, undefined)).toThrow(Problem)
  })
})

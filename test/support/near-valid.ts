// Values that are nearly what a schema asks for: most of them right, and here and there one that somebody hostile, or
// careless, would send.
import fc from 'fast-check'

export type JsonSchema = {
  type?: string | string[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  additionalProperties?: JsonSchema | boolean
  anyOf?: JsonSchema[]
  enum?: unknown[]
  const?: unknown
  pattern?: string
  format?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
}

export const HOSTILE: readonly unknown[] = [
  null,
  true,
  '',
  ' ',
  '\u0000',
  'al\u0000ice',
  '\ud800',
  '\u202eecila',
  'ﬀ İ ẞ',
  '😀'.repeat(200),
  'x'.repeat(5000),
  '\\',
  '%00%ff%',
  "' or 1=1 --",
  '__proto__',
  'constructor',
  'toString',
  '2026-02-30T25:61:00Z',
  '+275760-09-13T00:00:00.001Z',
  '9'.repeat(400),
  'https://[::1]:99999/',
  'javascript:alert(1)',
  -1,
  0,
  1.5,
  1e21,
  2 ** 53,
  Number.MAX_VALUE,
  [],
  [[[[[[[[]]]]]]]],
  {},
  { toString: 1, length: -1 },
  JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{}}}'),
]

export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
)

/** @param known values that there really are, by the name of the member that would hold them */
export type Known = Readonly<Record<string, readonly unknown[]>>

/** @param one in how many values is hostile */
export function nearValid(schema: JsonSchema, known: Known = {}, name = '', one = 12): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: one - 1, arbitrary: valid(schema, known, name, one) }, { weight: 1, arbitrary: hostile })
}

function valid(schema: JsonSchema, known: Known, name: string, one: number): fc.Arbitrary<unknown> {
  const there = Object.hasOwn(known, name) ? known[name] : undefined
  if (there && there.length > 0) return fc.constantFrom(...there)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((either) => nearValid(either, known, name, one)))
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'object') return objectOf(schema, known, one)
  if (type === 'array') return arrayOf(schema, known, name, one)
  if (type === 'boolean') return fc.boolean()
  if (type === 'null') return fc.constant(null)
  if (type === 'integer' || type === 'number') return fc.integer(rangeOf(schema))
  if (type === 'string') return textOf(schema)
  return fc.jsonValue({ maxDepth: 2 })
}

function objectOf(schema: JsonSchema, known: Known, one: number): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema
  const members = Object.entries(properties).map(
    ([name, member]) => [name, nearValid(member, known, name, one)] as const,
  )
  const record = fc.record(Object.fromEntries(members), { requiredKeys: required.filter((name) => name in properties) })
  if (typeof additionalProperties !== 'object') return record
  const more = fc.dictionary(fc.string({ maxLength: 8 }), nearValid(additionalProperties, known, '', one), {
    maxKeys: 3,
  })
  return fc.tuple(record, more).map(([fixed, free]) => ({ ...free, ...(fixed as object) }))
}

function arrayOf({ items = {}, minItems = 0, maxItems = 3 }: JsonSchema, known: Known, name: string, one: number) {
  const maxLength = Math.max(minItems, Math.min(maxItems, 3))
  return fc.array(nearValid(items, known, name, one), { minLength: minItems, maxLength })
}

const rangeOf = ({ minimum = -5, maximum = 100 }: JsonSchema) => ({
  min: Math.max(Math.ceil(minimum), -(2 ** 31)),
  max: Math.min(Math.floor(maximum), 2 ** 31 - 1),
})

function textOf({ pattern, format, minLength = 0, maxLength = 20 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((at) => at.toISOString())
  const plain = fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 30)) })
  if (pattern === undefined) return plain
  try {
    return fc.stringMatching(new RegExp(pattern), { maxLength: 60 })
  } catch {
    // A pattern that strings can't be made from.
    return plain
  }
}

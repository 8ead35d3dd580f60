// A JSON Schema in a line, and its members as a list.

import { t } from '../../../words/api-page.ts'
import { escaped } from '../../escaped.ts'

export type JsonSchema = {
  type?: string
  enum?: unknown[]
  const?: unknown
  pattern?: string
  format?: string
  default?: unknown
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  items?: JsonSchema
  properties?: Record<string, JsonSchema>
  required?: string[]
  anyOf?: JsonSchema[]
  additionalProperties?: JsonSchema | boolean
}

/** What zod writes for any whole number. */
const ANY = Number.MAX_SAFE_INTEGER

/** 'one of "on", "off"', 'list of text, at most 20' */
export function typeOf(schema: JsonSchema): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.enum) return `one of ${schema.enum.map((value) => JSON.stringify(value)).join(', ')}`
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`
  return `${schema.type ?? 'anything'}${limits(schema)}`
}

function limits({ pattern, minimum, maximum, maxLength, default: usual }: JsonSchema): string {
  const said = [
    minimum !== undefined && minimum > -ANY ? `from ${minimum}` : '',
    maximum !== undefined && maximum < ANY ? `to ${maximum}` : '',
    maxLength === undefined ? '' : `at most ${maxLength} characters`,
    pattern === undefined ? '' : `like ${pattern}`,
    usual === undefined ? '' : `${JSON.stringify(usual)} if absent`,
  ].filter(Boolean)
  return said.length === 0 ? '' : `, ${said.join(', ')}`
}

/** Something of that shape to begin from: what must be there, and nothing else. */
export function exampleOf(schema: JsonSchema): unknown {
  if (schema.default !== undefined) return schema.default
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf) return exampleOf(schema.anyOf[0] ?? {})
  if (schema.type === 'array') return []
  if (schema.type === 'boolean') return false
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(schema.minimum ?? 0, 0)
  if (schema.type !== 'object') return ''
  const { properties = {}, required = [] } = schema
  return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name] ?? {})]))
}

/** The object that is inside, however it is wrapped. */
function objectIn(schema: JsonSchema): JsonSchema | undefined {
  if (schema.properties) return schema
  const inner =
    schema.items ?? (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined)
  if (inner) return objectIn(inner)
  return schema.anyOf?.map(objectIn).find(Boolean)
}

/** Nested lists of members. */
export function membersOf(schema: JsonSchema): string {
  const { properties = {}, required = [] } = objectIn(schema) ?? {}
  const items = Object.entries(properties).map(([name, member]) => {
    const must = required.includes(name) ? ` <em>${escaped(t('api.required'))}</em>` : ''
    return `<li><code>${escaped(name)}</code> <span>${escaped(typeOf(member))}</span>${must}${membersOf(member)}</li>`
  })
  return items.length === 0 ? '' : `<ul>${items.join('')}</ul>`
}

// Bodies of SCIM: names of attributes are written in any case (RFC 7643 §2.1), and read in ours.
import type * as z from 'zod/mini'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { readText } from '../http/body.ts'
import type { Call } from '../http/env.ts'

/** A group of ten thousand people, say. */
export const MOST_BYTES = 1024 * 1024
const MOST_DEPTH = 10

const NAMES = new Map(
  [
    ...[
      'schemas',
      'id',
      'externalId',
      'meta',
      'userName',
      'displayName',
      'name',
      'formatted',
      'givenName',
      'familyName',
    ],
    ...['active', 'emails', 'value', 'type', 'primary', 'members', 'Operations', 'op', 'path'],
    ...['filter', 'startIndex', 'count', 'attributes', 'excludedAttributes'],
  ].map((name) => [name.toLowerCase(), name]),
)

/** @throws {Problem} malformed, invalid */
export function readScim<T>(c: Call, schema: { safeParse(value: unknown): z.core.util.SafeParseResult<T> }): T {
  const isPlain = /^application\/json\b/i.test(c.req.header('content-type') ?? '')
  const text = readText(c, isPlain ? 'application/json' : 'application/scim+json')
  return parseOrRefuse(schema, named(parsed(text), 0))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('malformed', { detail: 'The body is not JSON.' })
  }
}

/** @throws {Problem} malformed */
function named(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > MOST_DEPTH) throw new Problem('malformed', { detail: `The body is nested deeper than ${MOST_DEPTH}.` })
  if (Array.isArray(value)) return value.map((one) => named(one, depth + 1))
  const entries = Object.entries(value)
  return Object.fromEntries(
    entries.map(([name, inner]) => [NAMES.get(name.toLowerCase()) ?? name, named(inner, depth + 1)]),
  )
}

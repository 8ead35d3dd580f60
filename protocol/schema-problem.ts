// What a schema found wrong, as a problem document: a JSON pointer (RFC 6901) and a sentence each.
import type * as z from 'zod/mini'
import { Problem } from './problems.ts'

type Issue = z.core.$ZodRawIssue

function schemaProblem({ issues }: { issues: readonly z.core.$ZodIssue[] }): Problem {
  const errors: Record<string, string> = {}
  for (const { path, message } of issues) {
    const pointer = path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
    errors[pointer] ??= message
  }
  return new Problem('invalid', { members: { errors } })
}

/** @throws {Problem} invalid */
export function parseOrRefuse<T>(
  schema: {
    safeParse(value: unknown, told?: { error: (issue: Issue) => string }): z.core.util.SafeParseResult<T>
  },
  value: unknown,
): T {
  const parsed = schema.safeParse(value, { error: sentence })
  if (!parsed.success) throw schemaProblem(parsed.error)
  return parsed.data
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  null: 'null',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a text',
}

/** Where the schema says nothing of its own. */
function sentence(issue: Issue): string {
  if (issue.input === undefined) return 'is missing'
  if (issue.code === 'invalid_type') return `must be ${KINDS[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value') return `must be ${listed(issue.values.map(String))}`
  if (issue.code === 'unrecognized_keys') return `has members that nobody knows: ${issue.keys.join(', ')}`
  if (issue.code === 'too_small' && issue.minimum === 1 && units(issue.origin)) return 'must not be empty'
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}${units(issue.origin)}`
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}${units(issue.origin)}`
  return 'is not as it has to be'
}

const units = (origin: string) => (origin === 'string' ? ' characters long' : origin === 'array' ? ' entries long' : '')

/** 'a', 'a or b', 'one of a, b, c' */
function listed(values: readonly string[]): string {
  return values.length < 3 ? values.join(' or ') : `one of ${values.join(', ')}`
}

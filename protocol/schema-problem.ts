// What a schema found wrong, as a problem document: a JSON pointer (RFC 6901) and a sentence each.
import type * as z from 'zod/mini'
import { Problem } from './problems.ts'

export function schemaProblem(error: { issues: readonly z.core.$ZodIssue[] }): Problem {
  const errors: Record<string, string> = {}
  for (const { path, message } of error.issues) {
    const pointer = path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
    errors[pointer] ??= message
  }
  return new Problem('invalid', { members: { errors } })
}

/** @throws {Problem} invalid */
export function parseOrRefuse<T>(
  schema: { safeParse(value: unknown): z.core.util.SafeParseResult<T> },
  value: unknown,
): T {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw schemaProblem(parsed.error)
  return parsed.data
}

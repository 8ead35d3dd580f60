// Changes of a resource (RFC 7644 §3.5.2), and the ways in which directories really write them: operations in capitals,
// no path, paths as names of members.
import * as z from 'zod/mini'
import type { Call } from '../http/env.ts'
import { readScim } from './body.ts'
import { type Path, parsePath } from './filter.ts'
import { Refusal } from './refusal.ts'

export type Deed = 'add' | 'remove' | 'replace'
export type Operation = { deed: Deed; path: Path; value: unknown }

const deeds: readonly string[] = ['add', 'remove', 'replace']

const patch = z.object({
  Operations: z
    .array(z.object({ op: z.string(), path: z.nullish(z.string()), value: z.optional(z.unknown()) }))
    .check(z.minLength(1, 'must hold an operation')),
})

/** Each with one path; @throws {Problem} malformed, invalid @throws {Refusal} */
export function operationsOf(c: Call): Operation[] {
  return readScim(c, patch).Operations.flatMap(({ op, path, value }) => {
    const deed = op.toLowerCase()
    if (!deeds.includes(deed)) throw new Refusal(400, 'invalidSyntax', `“${op}” is no operation.`)
    return one(deed as Deed, path ?? undefined, value)
  })
}

function one(deed: Deed, path: string | undefined, value: unknown): Operation[] {
  if (path !== undefined) {
    if (deed !== 'remove' && value === undefined)
      throw new Refusal(400, 'invalidValue', `The operation on “${path}” has no value.`)
    return [{ deed, path: parsePath(path), value }]
  }
  if (deed === 'remove') throw new Refusal(400, 'noTarget', 'What is to be removed has no path.')
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal(400, 'invalidValue', 'Without a path the value is an object.')
  const entries = Object.entries(value)
  // What is only ever read is sent along with the rest, and means nothing there.
  return entries.flatMap(([name, inner]) =>
    /^(schemas|id|meta)$/i.test(name) ? [] : [{ deed, path: parsePath(name), value: inner }],
  )
}

/** @throws {Refusal} */
export function refusePath({ attribute, sub }: Path): never {
  const path = sub === undefined ? attribute : `${attribute}.${sub}`
  throw new Refusal(400, 'invalidPath', `There is no attribute “${path}”.`)
}

/** @throws {Refusal} */
export function refuseReadOnly({ attribute }: Path): void {
  if (['schemas', 'id', 'meta', 'groups'].includes(attribute))
    throw new Refusal(400, 'mutability', `“${attribute}” can’t be changed.`)
}

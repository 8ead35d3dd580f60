// Which attributes of a resource are sent (RFC 7644 §3.9): all, only some, or all but some.
import type { Resource } from './resource.ts'

/** Attributes as they were written; `only` counts where both are said. */
export type Shape = { only: readonly string[] | undefined; without: readonly string[] | undefined }

/** Never left out (RFC 7643 §7: returned always). */
const ALWAYS: readonly string[] = ['schemas', 'id']
const CORE = /^urn:ietf:params:scim:schemas:core:2\.0:(user|group):/

/** So that what nobody wants to see is not looked up. */
export function wants({ only, without }: Shape, attribute: string): boolean {
  if (only) return read(only).some((path) => path === attribute || path.startsWith(`${attribute}.`))
  return !read(without ?? []).includes(attribute)
}

export function shaped(resource: Resource, { only, without }: Shape): object {
  if (!only && !without) return resource
  const paths = read(only ?? without ?? [])
  const parts = Object.entries(resource).flatMap(([name, value]) => {
    if (ALWAYS.includes(name)) return [[name, value]]
    const left = only ? kept(name, value, paths) : rest(name, value, paths)
    return left === undefined ? [] : [[name, left]]
  })
  return Object.fromEntries(parts)
}

const read = (paths: readonly string[]) => paths.map((path) => path.toLowerCase().replace(CORE, ''))

function kept(name: string, value: unknown, paths: readonly string[]): unknown {
  const attribute = name.toLowerCase()
  if (paths.includes(attribute)) return value
  const subs = subsOf(attribute, paths)
  return subs.length === 0 ? undefined : eachOf(value, (sub) => subs.includes(sub))
}

function rest(name: string, value: unknown, paths: readonly string[]): unknown {
  const attribute = name.toLowerCase()
  if (paths.includes(attribute)) return undefined
  const subs = subsOf(attribute, paths)
  return subs.length === 0 ? value : eachOf(value, (sub) => !subs.includes(sub))
}

const subsOf = (attribute: string, paths: readonly string[]) =>
  paths.flatMap((path) => (path.startsWith(`${attribute}.`) ? path.slice(attribute.length + 1) : []))

function eachOf(value: unknown, keep: (sub: string) => boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => eachOf(one, keep))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([sub]) => keep(sub.toLowerCase())))
}

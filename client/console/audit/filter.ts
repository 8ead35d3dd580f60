// What is looked for, in the address of the page: a list can be sent to somebody.
import type { LocationQuery } from 'vue-router'

const FIELDS = ['kind', 'user', 'application', 'actor', 'from', 'to'] as const
export type Filter = Record<(typeof FIELDS)[number], string>

export function filterOf(query: LocationQuery): Filter {
  const text = (name: string) => (typeof query[name] === 'string' ? query[name] : '')
  return Object.fromEntries(FIELDS.map((name) => [name, text(name)])) as Filter
}

/** What is asked for, without what is not. */
export function asked(filter: Filter): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ''))
}

// How a list is asked for (RFC 7644 §3.4.2), in the address or as the body of a search (§3.4.3).
import * as z from 'zod/mini'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import type { Call } from '../http/env.ts'
import { readScim } from './body.ts'
import type { Shape } from './shape.ts'

export type Query = Shape & {
  filter: string | undefined
  /** from 1 */
  first: number
  count: number
}

/** How many resources one answer holds at most, and how many where nothing is said. */
export const MOST_RESULTS = 500
const USUAL_RESULTS = 100

const whole = z.coerce.number().check(z.int('must be a whole number'))
const attributeNames = z.array(z.string())

const search = z.object({
  filter: z.nullish(z.string()),
  startIndex: z.nullish(whole),
  count: z.nullish(whole),
  attributes: z.nullish(attributeNames),
  excludedAttributes: z.nullish(attributeNames),
})

/** @throws {Problem} invalid */
export function queryOf(c: Call): Query {
  const { attributes, excludedAttributes, ...rest } = c.req.query()
  return normal(parseOrRefuse(search, { ...rest, ...listed({ attributes, excludedAttributes }) }))
}

/** @throws {Problem} malformed, invalid */
export const searchOf = (c: Call): Query => normal(readScim(c, search))

export const shapeOf = (c: Call): Shape => {
  const { attributes, excludedAttributes } = c.req.query()
  const { attributes: only, excludedAttributes: without } = listed({ attributes, excludedAttributes })
  return { only, without }
}

function listed(given: { attributes: string | undefined; excludedAttributes: string | undefined }) {
  const names = (text: string | undefined) => text?.split(',').map((name) => name.trim())
  return { attributes: names(given.attributes), excludedAttributes: names(given.excludedAttributes) }
}

/** A first one below 1 is 1, and fewer than none are none (RFC 7644 §3.4.2.4). */
function normal({ filter, startIndex, count, attributes, excludedAttributes }: z.infer<typeof search>): Query {
  return {
    filter: filter ?? undefined,
    first: Math.max(1, startIndex ?? 1),
    count: Math.min(MOST_RESULTS, Math.max(0, count ?? USUAL_RESULTS)),
    only: attributes ?? undefined,
    without: excludedAttributes ?? undefined,
  }
}

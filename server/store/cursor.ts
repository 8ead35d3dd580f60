// Where a list goes on: opaque to whoever holds it, and checked as all that comes from outside.
import * as z from 'zod/mini'
import { base64url, fromBase64url, utf8 } from '../../protocol/encoding.ts'
import { Problem } from '../../protocol/problems.ts'
import { isPlainText } from '../../protocol/text.ts'

export const cursorText = z.string().check(z.refine(isPlainText))

/** @param place JSON */
export const cursorTo = (place: unknown) => base64url(utf8(JSON.stringify(place)))

/** @throws {Problem} invalid where it is not one of this list */
export function placeIn<T>(cursor: string, schema: z.ZodMiniType<T>, member = 'cursor'): T {
  const { success, data } = schema.safeParse(decoded(cursor))
  if (!success)
    throw new Problem('invalid', { members: { errors: { [`/${member}`]: 'is not a cursor of this list' } } })
  return data
}

/** Where a list in the order of time goes on: after this row. */
export const placeInTime = z.strictObject({ at: z.int(), id: cursorText })
export type PlaceInTime = z.infer<typeof placeInTime>

/** @param member that it stands in @throws {Problem} invalid where it is not one of this list */
export const timeIn = (cursor: string | undefined, member?: string): PlaceInTime | undefined =>
  cursor === undefined ? undefined : placeIn(cursor, placeInTime, member)

/** @param rows one more than a page, where there is more */
export function paged<Row extends { id: string }>(
  rows: readonly Row[],
  page: number,
  timeOf: (row: Row) => number,
): { rows: readonly Row[]; next: string | null } {
  const shown = rows.slice(0, page)
  const last = rows.length > page ? shown.at(-1) : undefined
  return { rows: shown, next: last ? cursorTo({ at: timeOf(last), id: last.id }) : null }
}

export const textIn = (cursor: string) => placeIn(cursor, cursorText)

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64url(cursor)))
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    return undefined
  }
}

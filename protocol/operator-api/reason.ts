// Why something was done, for the audit log and for whom it was done to.
import * as z from 'zod/mini'
import { plainText } from '../text.ts'

/** A letter is no reason. */
export const SHORTEST_REASON = 4

export const reason = plainText(1, 400).check(
  z.refine((text) => text.trim().length >= SHORTEST_REASON, `must say why, in ${SHORTEST_REASON} characters or more`),
)

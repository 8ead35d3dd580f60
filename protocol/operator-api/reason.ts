// Why something was done, for the audit log and for whom it was done to.
import * as z from 'zod/mini'
import { plainText } from '../text.ts'

/** A letter is no reason. */
export const SHORTEST_REASON = 4

/** Dots say nothing, and neither do marks that nobody sees. */
const lettersIn = (text: string) => text.match(/[\p{L}\p{N}]/gu)?.length ?? 0

export const reason = plainText(1, 400).check(
  z.refine((text) => lettersIn(text) >= SHORTEST_REASON, `must say why, in ${SHORTEST_REASON} letters or more`),
)

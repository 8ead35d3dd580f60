// Where a list goes on: as the page before said it, and of no other meaning to whoever asks.
import * as z from 'zod/mini'

export const cursor = z.optional(z.string().check(z.maxLength(512)))

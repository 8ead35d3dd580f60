// /admin/v1/signs: signs of an attack on one person, until somebody has dealt with them or a day has passed.
import * as z from 'zod/mini'
import { signId, userId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'
import { cursor } from './cursor.ts'

const kind = z.enum(['approved-after-denial', 'denying'])

export const listSignsCall = z.object({ kind, cursor })
export const signCall = z.object({ id: signId, version: z.int() })

export const signView = z.object({
  id: signId,
  version: z.int(),
  /** approved within an hour after a denial or a report; or three denials or more in ten minutes, and those that followed */
  kind,
  user: z.object({ id: userId, username: z.string() }),
  /** of the first denial */
  since: timestampSchema,
  /** of the approval, or the last denial */
  at: timestampSchema,
  /** 0 where it is an approval */
  denials: z.int(),
  takenAt: z.nullable(timestampSchema),
  takenBy: z.nullable(z.string()),
})
export type SignView = z.infer<typeof signView>

export const signList = z.object({ count: z.int(), signs: z.array(signView), next: z.nullable(z.string()) })
export type SignList = z.infer<typeof signList>

/** Without a denial for so long an attack has stopped. */
export const STOPPED_MS = 10 * 60 * 1000

// /admin/v1/sign-in-notice: what everybody reads on the sign-in page for some hours.
import * as z from 'zod/mini'
import { timestampSchema } from '../login-request.ts'
import { plainText } from '../text.ts'

export const LONGEST_NOTICE = 300
const hours = 'must be from 1 to 72 hours'

export const writeNoticeCall = z.object({
  text: plainText(1, LONGEST_NOTICE),
  /** it ends by itself */
  hours: z._default(z.int(hours).check(z.minimum(1, hours), z.maximum(72, hours)), 4),
})

export const signInNotice = z.object({
  notice: z.nullable(z.object({ text: z.string(), by: z.string(), at: timestampSchema, until: timestampSchema })),
})
export type SignInNotice = z.infer<typeof signInNotice>

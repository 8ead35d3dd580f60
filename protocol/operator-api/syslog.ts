// /admin/v1/syslog: whether the audit log reaches the organisation's receiver.
import * as z from 'zod/mini'
import { timestampSchema } from '../login-request.ts'

export const syslogView = z.object({
  /** host and port; null: no receiver is set up */
  receiver: z.nullable(z.string()),
  /** the last place of the chain that was sent */
  sent: z.int(),
  /** the last place there is */
  position: z.int(),
  /** so many entries were let go of before they were sent */
  missed: z.int(),
  failingSince: z.nullable(timestampSchema),
})
export type SyslogView = z.infer<typeof syslogView>

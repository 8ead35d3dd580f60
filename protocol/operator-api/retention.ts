// /admin/v1/retention: how long data is kept.
import * as z from 'zod/mini'

const MOST = 36_500
const days = (least: number) => {
  const why = `must be from ${least} to ${MOST} days`
  return z.nullable(z.int(why).check(z.minimum(least, why), z.maximum(MOST, why)))
}

/** Days, by kind; null: for ever. */
export const retentionTimes = z.object({
  /** sign-in requests that are over, with what devices signed */
  requests: days(7),
  /** reports that are closed, since they were */
  reports: days(30),
  /** what names people in the audit log; the entries stay */
  auditDetail: days(7),
  /** the audit log itself, which then begins with a signed cut */
  audit: days(30),
  /** what was sent to webhooks */
  deliveries: days(7),
})
export type RetentionTimes = z.infer<typeof retentionTimes>

export const retentionView = z.extend(retentionTimes, { version: z.int() })
export type RetentionView = z.infer<typeof retentionView>

export const changeRetentionCall = z.extend(z.partial(retentionTimes), { version: z.int() })

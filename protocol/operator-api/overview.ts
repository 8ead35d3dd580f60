// /admin/v1/overview: how things stand.
import * as z from 'zod/mini'
import { operatorId, userId, webhookId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'
import { signView } from './signs.ts'

/** A service that fails now and then is no outage. */
export const FAILING = { share: 0.2, atLeast: 5 }
export const isFailing = ({ delivered, failed }: { delivered: number; failed: number }) =>
  failed >= FAILING.atLeast && failed >= FAILING.share * (delivered + failed)

const UNUSUAL = { times: 3, atLeast: 5 }
/** From so many sign-ins a minute on somebody should look. */
export const unusualRate = (usual: number) => Math.max(UNUSUAL.atLeast, UNUSUAL.times * usual)

/** From when on is counted: at most two days ago; the last 12 hours if absent. */
export const overviewCall = z.object({ since: z.optional(timestampSchema) })

const person = z.object({ id: userId, username: z.string() })

/** Of more sign-ins that were typed nobody counts. */
export const MOST_TYPED = 100_000

const counted = z.object({
  requests: z.int(),
  approved: z.int(),
  denied: z.int(),
  reported: z.int(),
  expired: z.int(),
  /** where a passcode or a recovery code was typed instead: at most MOST_TYPED */
  typed: z.int(),
  /** seconds within which half, and nine of ten, were approved */
  median: z.nullable(z.int()),
  p90: z.nullable(z.int()),
})
export type Counted = z.infer<typeof counted>

export const overviewView = z.object({
  at: timestampSchema,
  since: timestampSchema,
  now: counted,
  /** the same hours a week before */
  weekAgo: counted,
  /** passkeys of operators of which there are two copies, until they are removed: longest known first, 20 at most */
  copiedPasskeys: z.array(z.object({ id: operatorId, name: z.string(), passkey: z.string(), at: timestampSchema })),
  reports: z.object({ open: z.int(), oldest: z.nullable(timestampSchema) }),
  /** approved within an hour after the same person had denied or reported: of the last day, the newest first */
  approvedAfterDenial: z.object({ count: z.int(), signs: z.array(signView) }),
  /** three denials or more in ten minutes, and those that followed */
  denying: z.object({ count: z.int(), signs: z.array(signView) }),
  paused: z.object({ count: z.int(), people: z.array(z.extend(person, { until: timestampSchema })) }),
  locked: z.object({ count: z.int(), people: z.array(z.extend(person, { until: timestampSchema })) }),
  /** links that end within a day, unused */
  codesExpiring: z.int(),
  /** people who have a token, and no device that push reaches; and who has no token: up to 10,000 each */
  unreachable: z.int(),
  notEnrolled: z.int(),
  /** whose tokens wait until somebody confirms them, longest first */
  unconfirmed: z.object({ count: z.int(), people: z.array(z.extend(person, { since: timestampSchema })) }),
  /** until the certificate of this server's origin ends; null: not known, or there is none */
  certificateDays: z.nullable(z.int()),
  /** in the last ten minutes */
  perMinute: z.number(),
  /** at this hour, on the average of the last seven days; null where there is nothing to compare with */
  usualPerMinute: z.nullable(z.number()),
  /** since when it is far more than usual; null where it is not */
  unusualSince: z.nullable(timestampSchema),
  /** of how many sign-ins the next two are: of the last ten minutes, or of the latest where `whereIsCut` */
  whereOf: z.int(),
  whereIsCut: z.boolean(),
  networks: z.array(z.object({ network: z.string(), requests: z.int() })),
  applications: z.array(z.object({ name: z.string(), requests: z.int() })),
  /** how long the oldest push has waited, in seconds */
  oldestPush: z.nullable(z.int()),
  /** what waits to be sent; `tried`: in vain so far */
  mail: z.object({ waiting: z.int(), tried: z.int(), oldestWaiting: z.nullable(timestampSchema) }),
  /** that take nothing, or were switched off for it */
  webhooks: z.array(
    z.object({ id: webhookId, name: z.string(), since: z.nullable(timestampSchema), waiting: z.int() }),
  ),
  /** the receiver of the audit log takes nothing; null where it does, or none is set up */
  syslog: z.nullable(z.object({ receiver: z.string(), since: timestampSchema, waiting: z.int(), missed: z.int() })),
  /** in the last five minutes; `failingSince`: at most a day ago, null where it works */
  push: z.array(
    z.object({
      service: z.string(),
      delivered: z.int(),
      failed: z.int(),
      failingSince: z.nullable(timestampSchema),
    }),
  ),
})
export type Overview = z.infer<typeof overviewView>

/** So many additions are counted, the newest first. */
export const MOST_ACTIVATED = 100_000

export const chartsCall = z.object({
  days: z._default(z.enum(['1', '7', '28']), '1'),
  /** by whose clock hours and days begin */
  zone: z._default(z.string().check(z.maxLength(64)), 'UTC'),
})

export const chartsView = z.object({
  step: z.enum(['hour', 'day']),
  buckets: z.array(
    z.object({
      at: timestampSchema,
      /** '2026-03-29 14:00' or '2026-03-29', by the clock that was asked for */
      label: z.string(),
      requests: z.int(),
      approved: z.int(),
      denied: z.int(),
      reported: z.int(),
      expired: z.int(),
      /** seconds within which half, and 95 of 100, were approved */
      median: z.nullable(z.int()),
      p95: z.nullable(z.int()),
      /** devices that were added; null: longer ago than the newest MOST_ACTIVATED */
      activated: z.nullable(z.int()),
    }),
  ),
  /** in the last 24 hours */
  push: z.array(z.object({ service: z.string(), delivered: z.int(), failed: z.int() })),
})
export type Charts = z.infer<typeof chartsView>

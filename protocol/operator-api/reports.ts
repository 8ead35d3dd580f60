// /admin/v1/reports: every 'It wasn’t me!', and /admin/v1/users/:id, /addresses: what is done about it.
import * as z from 'zod/mini'
import { applicationId, deviceId, temporaryPasscodeId, userId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'
import { plainText } from '../text.ts'
import { cursor } from './cursor.ts'
import { liveRequest } from './live.ts'
import { reason } from './reason.ts'

const id = z.string('must be a report’s id').check(z.regex(/^rep_[0-9a-hjkmnp-tv-z]{26}$/, 'must be a report’s id'))
const minutes = z.int().check(z.minimum(1), z.maximum(30 * 24 * 60))

export const listReportsCall = z.object({
  state: z.optional(z.enum(['open', 'closed'], 'must be open or closed')),
  cursor,
})
export const reportPath = z.object({ id })
export const takeReportCall = z.object({ id, version: z.int() })
export const noteReportCall = z.object({ id, text: plainText(1, 1000) })
export const closeReportCall = z.object({ id, version: z.int(), note: z.optional(plainText(1, 1000)) })

export const reportView = z.object({
  id: z.string(),
  version: z.int(),
  state: z.enum(['open', 'closed']),
  at: timestampSchema,
  /** username is null where the person has been removed since */
  user: z.object({ id: userId, username: z.nullable(z.string()), displayName: z.nullable(z.string()) }),
  /** null where what is reported is no sign-in */
  application: z.nullable(z.object({ id: applicationId, name: z.string() })),
  /** what is reported about the account, e.g. a device that was added; it stays where the report has not removed it */
  notice: z.nullable(z.object({ kind: z.string(), device: z.nullable(z.string()), stays: z.boolean() })),
  /** by what somebody signed in, where no device was asked */
  signIn: z.nullable(z.enum(['passcode', 'temporary', 'recovery'])),
  /** the help desk asked whether it is them on the telephone: nobody signs in by that */
  caller: z.boolean(),
  /** a sign-in had been made of it, or the caller was confirmed as them */
  redeemed: z.boolean(),
  /** whoever reports it had approved it */
  mistake: z.boolean(),
  takenAt: z.nullable(timestampSchema),
  takenBy: z.nullable(z.string()),
  closedAt: z.nullable(timestampSchema),
  closedBy: z.nullable(z.string()),
})
export type ReportView = z.infer<typeof reportView>

export const reportList = z.object({ reports: z.array(reportView), open: z.int(), next: z.nullable(z.string()) })
export type ReportList = z.infer<typeof reportList>

export const reportShown = z.extend(reportView, {
  request: z.nullable(liveRequest),
  /**
   * where it was asked from, or signed in; null where that is not known, and where it was neither. What a block of it
   * takes in is the address itself, of IPv6 its network of 64 bits
   */
  from: z.nullable(
    z.object({
      at: timestampSchema,
      ip: z.nullable(z.string()),
      network: z.nullable(z.string()),
      location: z.nullable(z.string()),
    }),
  ),
  /** of the same person, in the hour before and after */
  ofPerson: z.array(liveRequest),
  /** without a device, from the same address: passwords that were wrong, and codes that let somebody in */
  triesFromAddress: z.array(
    z.object({
      at: timestampSchema,
      what: z.enum(['failed', 'passcode', 'temporary', 'recovery']),
      /** null: nobody has that name, or they were removed */
      user: z.nullable(z.object({ id: userId, username: z.string() })),
      application: z.nullable(z.string()),
    }),
  ),
  /** further back it was not looked for what came from there; null: all there is was looked through */
  fromAddressSince: z.nullable(timestampSchema),
  /** from the same address, among the latest 10,000 requests up to an hour after */
  fromAddress: z.array(liveRequest),
  /** what stood in for their device and ended with the report; null where it was made before that was kept */
  ended: z.nullable(z.object({ temporaryPasscodes: z.int(), recoveryCodes: z.int() })),
  devices: z.array(z.object({ id: deviceId, name: z.string() })),
  /** given since, and good still */
  temporaryPasscodes: z.array(
    z.object({ id: temporaryPasscodeId, once: z.boolean(), createdAt: timestampSchema, expiresAt: timestampSchema }),
  ),
  hasPassword: z.boolean(),
  /** it is kept in the organisation's directory, and changed there alone */
  passwordElsewhere: z.boolean(),
  pushPausedUntil: z.nullable(timestampSchema),
  /** the address or network that is blocked, and that this came from */
  addressBlocked: z.nullable(z.object({ address: z.string(), until: timestampSchema })),
  notes: z.array(z.object({ at: timestampSchema, by: z.string(), text: z.string() })),
})
export type ReportShown = z.infer<typeof reportShown>

export const pausePushCall = z.object({ id: userId, minutes, reason })
export const aboutUserCall = z.object({ id: userId, reason })
export const pushPaused = z.object({ pushPausedUntil: z.nullable(timestampSchema) })
export const sessionsRevoked = z.object({ sessions: z.int() })

/** An IP address, or a network as 2001:db8::/64. */
const address = z.string().check(z.maxLength(49))
export const blockAddressCall = z.object({ address, minutes, reason })
export const unblockAddressCall = z.object({ address, reason })
export const blockedAddress = z.object({
  address: z.string(),
  until: timestampSchema,
  reason: z.string(),
  blockedBy: z.string(),
  createdAt: timestampSchema,
})
export const blockedAddresses = z.object({ addresses: z.array(blockedAddress) })
export type BlockedAddresses = z.infer<typeof blockedAddresses>

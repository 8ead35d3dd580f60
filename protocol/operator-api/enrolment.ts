// /admin/v1/enrolments of many: who has no token yet, and links for all of them.
import * as z from 'zod/mini'
import { enrolmentId, groupId, userId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'
import { linkWishes } from './activation-links.ts'
import { cursor } from './cursor.ts'
import { reason } from './reason.ts'

const person = z.object({
  id: userId,
  username: z.string(),
  displayName: z.string(),
  email: z.nullable(z.string()),
})

export const listUnenrolledCall = z.object({ group: z.optional(groupId), cursor })

/** Beyond so many, nobody counts. */
export const MOST_COUNTED = 10_000

const unenrolledPerson = z.extend(person, {
  addedAt: timestampSchema,
  /** what became of their latest link; null: there was none */
  link: z.nullable(z.object({ state: z.enum(['open', 'used', 'expired', 'withdrawn']), expiresAt: timestampSchema })),
})
export type UnenrolledPerson = z.infer<typeof unenrolledPerson>

export const unenrolledList = z.object({
  /** how many there are, up to 10,000 */
  count: z.int(),
  people: z.array(unenrolledPerson),
  next: z.nullable(z.string()),
})
export type UnenrolledList = z.infer<typeof unenrolledList>

/** So many links are made in one call; the next cursor goes on. */
export const LINKS_AT_ONCE = 100

const delivery = z.enum(['show', 'mail'], 'must be show or mail')

export const enrolManyCall = z.object({
  /** users: those named; group: all members; unenrolled: who has no token, of a group or of all */
  who: z.enum(['users', 'group', 'unenrolled'], 'must be users, group or unenrolled'),
  users: z.optional(z.array(userId).check(z.maxLength(LINKS_AT_ONCE, `must be at most ${LINKS_AT_ONCE}`))),
  group: z.optional(groupId),
  cursor,
  /** for the audit log; hundreds of new people at nine in the morning need none */
  reason: z.optional(reason),
  /** mail: to those who have an address; the links of the others are shown */
  delivery: z.optional(delivery),
  ...linkWishes,
})
export type EnrolManyCall = z.infer<typeof enrolManyCall>

const madeLink = z.object({
  enrolment: enrolmentId,
  user: person,
  expiresAt: timestampSchema,
  /** where it was mailed to; null: it is shown */
  mailedTo: z.nullable(z.string()),
  /** told once, and only where it was not mailed */
  activationUrl: z.nullable(z.string()),
  code: z.nullable(z.string()),
})
export type MadeLink = z.infer<typeof madeLink>

export const madeLinks = z.object({ links: z.array(madeLink), next: z.nullable(z.string()) })
export type MadeLinks = z.infer<typeof madeLinks>

// /admin/v1/policies, and what holds for one person.
import * as z from 'zod/mini'
import { applicationId, userId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'
import { POLICY_MEMBERS, policySchema, policyScope } from '../policy.ts'
import { cursor } from './cursor.ts'

export const policyView = z.object({
  scope: policyScope,
  /** of the group or application */
  name: z.nullable(z.string()),
  /** 0: none was stored yet */
  version: z.int(),
  policy: policySchema,
})
export type PolicyView = z.infer<typeof policyView>

/** Those that say something, and the organisation's. */
export const policyList = z.object({ policies: z.array(policyView) })
export type PolicyList = z.infer<typeof policyList>
export const policyPath = z.object({ scope: policyScope })
export const setPolicyCall = z.object({ scope: policyScope, policy: policySchema, version: z.int() })
/** `to`: the version whose content shall hold again; the one before where absent */
export const undoPolicyCall = z.object({ scope: policyScope, version: z.int(), to: z.optional(z.int()) })

export const policyHistory = z.object({
  /** newest first */
  versions: z.array(z.object({ version: z.int(), at: timestampSchema, by: z.string(), policy: policySchema })),
  next: z.nullable(z.string()),
})
export const policyHistoryCall = z.object({ scope: policyScope, cursor })
export type PolicyHistory = z.infer<typeof policyHistory>

export const previewPolicyCall = z.object({ scope: policyScope, policy: policySchema })
export const FORESEEN = ['approval', 'devices', 'passcodes', 'network', 'country', 'hours'] as const
/** So many people are looked at, and so many rows of what they hold and did. */
export const LOOKED_AT = { people: 300, rows: 2000 }
const foreseen = z.object({
  /** approve by one press until now, have more devices, typed passcodes lately; or the reason of a refusal */
  what: z.enum(FORESEEN),
  people: z.int(),
  /** there may be more than were counted */
  more: z.boolean(),
  /** of so many of the newest sign-ins of four weeks, so many would have been refused; null where it is none of these */
  signIns: z.nullable(z.int()),
  of: z.nullable(z.int()),
})
export type Foreseen = z.infer<typeof foreseen>

export const policyPreview = z.object({
  /** of whom the document speaks; at most MOST_MEMBERS */
  people: z.int(),
  /** of these, who could answer until now and has no token left that may be asked */
  stopped: z.int(),
  /** there are more than were counted */
  more: z.boolean(),
  /** the first of them */
  who: z.array(z.object({ id: userId, username: z.string() })),
  /** what else it would do, as far as it can be known; only what does something to somebody */
  foreseen: z.array(foreseen),
})
export type PolicyPreview = z.infer<typeof policyPreview>

export const explainPolicyCall = z.object({ id: userId, application: z.optional(applicationId) })
export const policyExplained = z.object({
  members: z.array(
    z.object({
      member: z.enum(POLICY_MEMBERS),
      /** null: no policy speaks of it, and each token says */
      value: z.unknown(),
      /** the documents that make it so; none: the server's own limit, or the token */
      from: z.array(z.object({ scope: policyScope, name: z.nullable(z.string()) })),
    }),
  ),
})
export type PolicyExplained = z.infer<typeof policyExplained>

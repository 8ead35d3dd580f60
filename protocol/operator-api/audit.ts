// /admin/v1/audit.
import * as z from 'zod/mini'
import { timestampSchema } from '../login-request.ts'
import { cursor } from './cursor.ts'

const word = z.string().check(z.minLength(1), z.maxLength(64))
const time = z
  .string()
  .check(
    z.refine(
      (text) => /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text) && !Number.isNaN(Date.parse(text)),
      'must be a date such as 2026-01-31, or a time such as 2026-01-31T09:00:00Z',
    ),
  )

export const auditFilter = z.object({
  /** with it */
  from: z.optional(time),
  /** without it */
  to: z.optional(time),
  kind: z.optional(word),
  /** an id, or a user name */
  user: z.optional(word),
  application: z.optional(word),
  /** the id of an operator or an API token */
  actor: z.optional(word),
  /** what an operator did: users.list */
  act: z.optional(word),
})
export type AuditFilterCall = z.infer<typeof auditFilter>

export const listAuditCall = z.extend(auditFilter, { cursor })

export const exportAuditCall = z.extend(auditFilter, { format: z.optional(z.enum(['jsonl', 'csv'])) })

const text = z.nullable(z.string())

export const auditEntry = z.object({
  /** its place in the chain */
  id: z.string(),
  hash: z.string(),
  at: timestampSchema,
  kind: z.string(),
  user: text,
  request: text,
  device: text,
  application: text,
  actor: text,
  detail: z.record(z.string(), z.unknown()),
  /** what was erased of it, by name */
  erased: z.array(z.string()),
  /** a decision that a device signed, and whether it holds today */
  evidence: z.nullable(z.object({ device: text, verdict: z.string(), holds: z.boolean(), jws: z.string() })),
})
export type AuditEntryView = z.infer<typeof auditEntry>

export const auditList = z.object({
  entries: z.array(auditEntry),
  /** what ids in the entries are called today */
  names: z.record(z.string(), z.string()),
  next: z.nullable(z.string()),
})
export type AuditList = z.infer<typeof auditList>

export const auditKinds = z.object({
  kinds: z.array(z.object({ kind: z.string(), isSecurityEvent: z.boolean() })),
})

export const auditHead = z.object({
  /** signed: keep it elsewhere, and nobody can change what was before it unnoticed */
  head: z.string(),
  position: z.int(),
  hash: z.string(),
  at: timestampSchema,
  /** of the key that signs */
  thumbprint: z.string(),
})
export type AuditHead = z.infer<typeof auditHead>

export const verifyAuditCall = z.object({
  /** only so many of the newest entries */
  last: z.optional(z.string().check(z.regex(/^\d{1,7}$/, 'must be a number'))),
  /** a signed head that was kept elsewhere */
  head: z.optional(z.string().check(z.maxLength(1024))),
})

export const verifiedAudit = z.object({
  ok: z.boolean(),
  fault: z.optional(z.object({ kind: z.string(), position: z.nullable(z.int()), detail: z.string() })),
  thumbprint: text,
  chain: text,
  from: z.nullable(z.int()),
  to: z.nullable(z.int()),
  entries: z.int(),
  omitted: z.int(),
  /** what an export was narrowed by, as the installation signed it; empty: by nothing */
  filter: z.nullable(z.record(z.string(), z.string())),
  decisions: z.int(),
  erased: z.int(),
  /** of these, those of before the log said why something is erased, and of which nothing says it */
  unexplained: z.int(),
})
export type VerifiedAudit = z.infer<typeof verifiedAudit>

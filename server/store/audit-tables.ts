// The tables of what happened, and of who outside is told.
import type { ApplicationId, UserId } from '../../protocol/ids.ts'

/** An entry's place in the chain. What the log is filtered by stands here again, where indexes cost no sign-in time. */
export type AuditSealsTable = {
  position: number
  seq: number
  at: number
  kind: string
  user_id: UserId | null
  application_id: ApplicationId | null
  actor_id: string | null
  act: string | null
  /** JSON: the entry's salt, or those of the members that are left */
  salts: string
  /** JSON: the commitments of members that were erased */
  erased: string | null
  /** JSON: the decision as its device signed it */
  evidence: string | null
  /** of the entry alone */
  digest: string
  /** of the chain up to it */
  hash: string
}

/** One row: how far the chain goes. */
export type AuditChainTable = {
  id: string
  /** what tells this chain from any other: random, and the hash before the first entry */
  chain: string
  position: number
  hash: string
  /** signed */
  head: string
}

/** Where entries whose time was over were taken away. */
export type AuditCutsTable = {
  /** the last one that is gone */
  position: number
  hash: string
  at: number
  /** signed */
  mark: string
}

export type WebhooksTable = {
  id: string
  version: number
  name: string
  url: string
  /** JSON array; empty: every kind */
  kinds: string
  /** sealed */
  secret: string
  /** sealed; good until then too */
  previous_secret: string | null
  previous_until: number | null
  /** 'failed': switched off after it had failed for long */
  state: 'on' | 'off' | 'failed'
  failing_since: number | null
  created_at: number
  /** how far it was told the audit log; null: it wants security events alone */
  audit_position: number | null
}

export type WebhookDeliveriesTable = {
  id: string
  webhook_id: string
  event_id: string
  kind: string
  state: 'waiting' | 'delivered' | 'failed'
  attempts: number
  due_at: number
  /** a process that claimed it and fell silent loses it then */
  claimed_until: number
  created_at: number
  /** given up at */
  expires_at: number
  finished_at: number | null
  /** of the last answer; null where there was none */
  status: number | null
  error: string | null
}

export type AuditSchema = {
  audit_seals: AuditSealsTable
  audit_chain: AuditChainTable
  audit_cuts: AuditCutsTable
  webhooks: WebhooksTable
  webhook_deliveries: WebhookDeliveriesTable
}

// Policies: every version of every document, never changed.
import type { PolicyScope } from '../../protocol/policy.ts'

export type PolicyVersionsTable = {
  scope: PolicyScope
  /** from 1; the greatest is the one that holds */
  version: number
  document: string
  actor_id: string | null
  /** as they were called then */
  actor_name: string
  created_at: number
}

export type PolicySchema = { policy_versions: PolicyVersionsTable }

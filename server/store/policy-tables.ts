// Policies: every version of every document, never changed.
import type { ApplicationId, UserId } from '../../protocol/ids.ts'
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

/** A browser in which somebody confirmed that it is them. */
export type RememberedTable = {
  /** SHA-256 of what the browser holds */
  id: string
  user_id: UserId
  application_id: ApplicationId
  /** SHA-256 of the password's hash then; for people of the directory of their id there */
  password: string
  confirmed_at: number
}

/** Where somebody showed both factors before: what strangers try on their name is not counted there. */
export type KnownPlacesTable = {
  /** a digest: of a browser's cookie, or of a gateway's client and an address */
  place: string
  user_id: UserId
  expires_at: number
}

export type PolicySchema = {
  policy_versions: PolicyVersionsTable
  remembered_browsers: RememberedTable
  known_places: KnownPlacesTable
}

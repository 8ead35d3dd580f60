// The tables of those who run the installation.
import type { ApiTokenId, OperatorId } from '../../protocol/ids.ts'
import type { OperatorRole, Role } from '../../protocol/permissions.ts'

export type OperatorsTable = {
  id: OperatorId
  name: string
  /** what names are compared by; null once removed, so that the name is free again */
  name_key: string | null
  role: OperatorRole
  /** rises with every change of the row and of the passkeys */
  version: number
  /** an operator, an API token, 'command-line', or 'start': made by the first start of all */
  invited_by: string
  created_at: number
  last_sign_in_at: number | null
  /** rows stay, so that the audit log can say who it was */
  removed_at: number | null
}

/** One-time links. */
export type OperatorInvitationsTable = {
  /** SHA-256 of the code */
  hash: string
  operator_id: OperatorId
  /** an operator or an API token; null: the command line, or a start */
  made_by: string | null
  created_at: number
  expires_at: number
  /** kept until it expires, so that a second use is noticed */
  used_at: number | null
}

export type OperatorPasskeysTable = {
  /** WebAuthn's credential id, base64url */
  id: string
  operator_id: OperatorId
  name: string
  /** COSE, base64url */
  public_key: string
  counter: number
  /** JSON array */
  transports: string
  synced: number
  created_at: number
  last_used_at: number | null
  /** when its counter fell first */
  copied_at: number | null
}

export type OperatorSessionsTable = {
  /** SHA-256 of the cookie */
  id: string
  operator_id: OperatorId
  passkey_id: string
  created_at: number
  /** written at most once a minute */
  last_seen_at: number
  /** when the passkey was last used */
  verified_at: number
  expires_at: number
}

/** Challenges that were answered, until they expire by themselves: each is good once. */
export type OperatorChallengesTable = { hash: string; expires_at: number }

export type ApiTokensTable = {
  id: ApiTokenId
  /** SHA-256 of the token */
  hash: string
  name: string
  role: Role
  /** null: made on the command line */
  operator_id: OperatorId | null
  /** the token it was made with, where it was one */
  made_by_token: ApiTokenId | null
  created_at: number
  expires_at: number
  /** written at most once a minute */
  last_used_at: number | null
}

export type OperatorSchema = {
  operators: OperatorsTable
  operator_invitations: OperatorInvitationsTable
  operator_passkeys: OperatorPasskeysTable
  operator_sessions: OperatorSessionsTable
  operator_challenges: OperatorChallengesTable
  api_tokens: ApiTokensTable
}

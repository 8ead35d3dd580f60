// What applications were told of who signed in, and what they are still to be told.
import type { Generated } from 'kysely'
import type { ApplicationId, RequestId, UserId } from '../../protocol/ids.ts'

/** A sign-in that an application was given and may still hold. */
export type HandedSignInsTable = {
  /** as the application knows it */
  sid: string
  user_id: UserId
  application_id: ApplicationId
  /** the approval that it came from */
  request_id: RequestId | null
  /** SHA-256: what the provider gave out with it */
  grant_id: string
  at: number
  /** nothing that was given out with it is good any longer */
  expires_at: number
}

/** What is to be said to an application, until it was heard. */
export type OidcNoticesTable = {
  id: string
  /** that a sign-in is over, or that there is an answer to what it asked */
  kind: 'logout' | 'ciba'
  application_id: ApplicationId
  user_id: UserId
  /** the sid; sealed: the notification token and the auth_req_id */
  subject: string
  /** not before */
  due_at: number
  attempts: number
  /** a process that claimed it and fell silent loses it then */
  claimed_until: number
  /** given up at */
  expires_at: number
}

/** What was asked without a browser. */
export type CibaAskedTable = {
  request_id: RequestId
  /** sealed */
  auth_req_id: string
  /** sealed: of the request */
  secret: string
  expires_at: number
  /** a process that claimed it and fell silent loses it then */
  claimed_until: Generated<number>
}

/** A sign-in that Microsoft Entra ID began. */
export type EntraVisitsTable = {
  id: string
  client_id: string
  user_id: UserId
  /** SHA-256 of the cookie; empty: answered */
  browser: string
  /** SHA-256: a question is asked once */
  nonce: string
  /** sealed */
  question: string
  /** the acr that was reached */
  outcome: string | null
  expires_at: number
}

/** Lets a program register itself as an application, once. */
export type RegistrationTokensTable = {
  hash: string
  created_at: number
  expires_at: number
  used_at: number | null
  /** JSON of the actor; null: made before that was kept */
  made_by: string | null
}

export type OidcSchema = {
  handed_sign_ins: HandedSignInsTable
  oidc_notices: OidcNoticesTable
  ciba_asked: CibaAskedTable
  entra_visits: EntraVisitsTable
  registration_tokens: RegistrationTokensTable
}

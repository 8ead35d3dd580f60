// What people hold and do about their own account.
import type { DeviceId, NoticeId, RequestId, TokenId, UserId } from '../../protocol/ids.ts'
import type { NoticeKind } from '../../protocol/notices.ts'

/** What somebody was told; forgotten after a while. */
export type NoticesTable = {
  id: NoticeId
  user_id: UserId
  kind: NoticeKind
  at: number
  /** what it is about */
  device_id: DeviceId | null
  token_id: TokenId | null
  /** JSON, e.g. the name that the device had then */
  detail: string
  /** JSON array: the devices that were told, and nobody else may report it */
  told: string
  reported_at: number | null
}

/** Stand in for a device that is lost. */
export type RecoveryCodesTable = {
  user_id: UserId
  /** SHA-256 of user and code */
  hash: string
  created_at: number
  used_at: number | null
}

/** Where somebody is written to about their account, besides the address that the organisation has. */
export type NoticeAddressesTable = {
  user_id: UserId
  place: number
  address: string
  created_at: number
  /** null: the code that went there was not typed yet, and nothing else is written there */
  confirmed_at: number | null
  code_hash: string | null
  code_until: number | null
}

/** Whose address of the organisation is another one since, until they were told. */
export type AddressNewsTable = {
  user_id: UserId
  /** the one before; empty: none */
  formerly: string
  at: number
}

/** User names that somebody gave up, and nobody else is given for a while. */
export type FormerNamesTable = {
  /** of the name as it is compared */
  hash: string
  /** who may have it back */
  user_id: UserId
  expires_at: number
}

/** Somebody who looks after their account in a browser. */
export type AccountSessionsTable = {
  /** SHA-256 of the cookie */
  id: string
  user_id: UserId
  /** whose approval let them in; null: it was a passcode or a code */
  request_id: RequestId | null
  /** whose typed passcode let them in; null: none of a device did */
  device_id: DeviceId | null
  /** when the recovery code or the help desk's passcode was made that let them in; null: there was none */
  code_made_at: number | null
  created_at: number
  seen_at: number
  expires_at: number
}

/** A sign-in to the account page that was begun in a browser; its person is not known yet. */
export type AccountVisitsTable = {
  id: string
  /** SHA-256 of the cookie */
  browser: string
  expires_at: number
}

export type AccountSchema = {
  notices: NoticesTable
  recovery_codes: RecoveryCodesTable
  notice_addresses: NoticeAddressesTable
  address_news: AddressNewsTable
  former_names: FormerNamesTable
  account_sessions: AccountSessionsTable
  account_visits: AccountVisitsTable
}

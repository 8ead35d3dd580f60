// Who has no token, kept as rows because nobody could find them among a million people otherwise; and who moves to a new
// device.
import type { DeviceId, EnrolmentId, TokenId, UserId } from '../../protocol/ids.ts'

export type UnenrolledTable = {
  user_id: UserId
  /** when the person was added: the newest come first */
  since: number
}

export type MovesTable = {
  enrolment_id: EnrolmentId
  user_id: UserId
  /** the one that goes */
  device_id: DeviceId
  /** what the link became; null: nothing yet */
  token_id: TokenId | null
}

/** Tokens that wait until somebody confirms them. */
export type UnconfirmedTable = { token_id: TokenId; user_id: UserId; since: number }

/** Whoever has a token, and no device that push reaches. */
export type UnreachableTable = { user_id: UserId }

export type EnrolmentSchema = {
  unenrolled: UnenrolledTable
  moves: MovesTable
  unconfirmed: UnconfirmedTable
  unreachable: UnreachableTable
}

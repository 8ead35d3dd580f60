// Who has no token: kept as rows, because nobody could find them among a million people otherwise.
import type { UserId } from '../../protocol/ids.ts'

export type UnenrolledTable = {
  user_id: UserId
  /** when the person was added: the newest come first */
  since: number
}

export type EnrolmentSchema = { unenrolled: UnenrolledTable }

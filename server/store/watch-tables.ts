// What operators watch.
import type { ApplicationId, DeviceId, NoticeId, RequestId, UserId } from '../../protocol/ids.ts'

/** 'It wasn't me!', until somebody has dealt with it. Nothing personal is in it but the notes. */
export type ReportsTable = {
  id: string
  version: number
  state: 'open' | 'closed'
  at: number
  user_id: UserId
  /** empty where a notice is reported */
  request_id: RequestId | ''
  /** empty where it was reported at the account page */
  device_id: DeviceId | ''
  application_id: ApplicationId | ''
  notice_id?: NoticeId | null
  /** the application had made a sign-in of it */
  redeemed: number
  /** by whoever had approved it */
  mistake: number
  taken_at: number | null
  /** the name that the operator had then */
  taken_by: string | null
  closed_at: number | null
  closed_by: string | null
  /** JSON array of { at, by, text } */
  notes: string
}

export type BlockedAddressesTable = {
  /** canonical */
  address: string
  until: number
  reason: string
  blocked_by: string
  created_at: number
}

/** Counts of the requests that an application made in an hour. */
export type TalliesTable = {
  hour: number
  application_id: ApplicationId
  /** JSON */
  counts: string
}

/** How far something was counted. */
export type TallyMarksTable = { name: string; at: number }

export type PushTalliesTable = {
  minute: number
  /** origin of the push service */
  service: string
  delivered: number
  failed: number
}

export type WatchSchema = {
  reports: ReportsTable
  blocked_addresses: BlockedAddressesTable
  tallies: TalliesTable
  tally_marks: TallyMarksTable
  push_tallies: PushTalliesTable
}

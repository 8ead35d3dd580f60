// What operators watch.
import type { ApplicationId, DeviceId, NoticeId, RequestId, SignId, UserId } from '../../protocol/ids.ts'

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
  /** of a sign-in that asked no device: its place in the audit log, and by what it was */
  entry?: number | null
  sign_in?: 'passcode' | 'temporary' | 'recovery' | null
  /** JSON: what stood in for this person's device and ended with it; null of what was reported before that was kept */
  ended?: string | null
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

/** Of an attack on one person: until somebody has dealt with it, or a day has passed. */
export type SignsTable = {
  id: SignId
  version: number
  kind: 'approved-after-denial' | 'denying'
  state: 'open' | 'closed'
  user_id: UserId
  /** the first denial */
  since: number
  /** the last denial, or the approval */
  at: number
  /** 0 where it is an approval */
  denials: number
  taken_at: number | null
  /** the name that the operator had then */
  taken_by: string | null
  closed_at: number | null
  closed_by: string | null
}

export type WatchSchema = {
  signs: SignsTable
  reports: ReportsTable
  blocked_addresses: BlockedAddressesTable
  tallies: TalliesTable
  tally_marks: TallyMarksTable
  push_tallies: PushTalliesTable
}

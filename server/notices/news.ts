// What there is to tell somebody, and what it takes to tell it.
import type { DeviceId, TokenId, UserId } from '../../protocol/ids.ts'
import type { NoticeKind } from '../../protocol/notices.ts'
import type { MailNeeds } from '../mail/enqueue.ts'

/** `publicOrigin`: where the account page is */
export type TellNeeds = MailNeeds & { publicOrigin: string }

export type News = {
  user: UserId
  kind: NoticeKind
  /** what it is about, by the name that it has now */
  device?: { id: DeviceId; name: string }
  token?: TokenId
  /** never a secret */
  detail?: Record<string, unknown>
  /** the device that did it, or that it is about: it knows */
  except?: DeviceId
  /** the device that was taken away: its last push says so */
  taken?: DeviceId
  /** where they hear of it by another mail */
  written?: string
  /** where they were written to until now, besides where they are from now on */
  formerly?: readonly string[]
}

// What a person is told about their own account, on their devices and by mail.
import * as z from 'zod/mini'
import { deviceId, noticeId } from './ids.ts'
import { timestampSchema } from './login-request.ts'

export const NOTICE_KINDS = [
  'device-added',
  'device-removed',
  'device-moving',
  'link-made',
  'link-by-device',
  'link-withdrawn',
  'token-added',
  'token-removed',
  'token-suspended',
  'token-resumed',
  'passcodes-locked',
  'password-changed',
  'password-cleared',
  'user-suspended',
  'user-resumed',
  'push-paused',
  'push-resumed',
  'sessions-revoked',
  'recovery-codes-made',
  'recovery-code-used',
  'recovery-codes-ended',
  'addresses-changed',
  'renamed',
  'temporary-passcode',
  'temporary-passcode-ended',
  'passcodes-unlocked',
  // By mail alone: the device is what asks.
  'caller-asked',
] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

/** As a device is told it. A kind that a client does not know is one of a later server: it says so in general words. */
export const notice = z.object({
  id: noticeId,
  kind: z.string(),
  username: z.string(),
  at: timestampSchema,
  /** what was added or removed */
  device: z.nullable(z.object({ id: deviceId, name: z.string() })),
  /** until when 'It wasn't me!' is taken */
  reportableUntil: timestampSchema,
  reportedAt: z.nullable(timestampSchema),
})
export type Notice = z.infer<typeof notice>

export const notices = z.object({ notices: z.array(notice) })

/** 'It wasn't me!' is taken for so long. */
export const NOTICE_WINDOW_MS = 24 * 60 * 60 * 1000

// What a push says, read without trust: whatever cannot be understood is still shown, and never approves.
import * as z from 'zod/mini'
import { noticeId, requestId } from '../protocol/ids.ts'
import { type PushContent, pushContent } from '../protocol/push-message.ts'

/** Safari hands over the notification it would show, with ids only (Declarative Web Push). */
const declaredData = z.discriminatedUnion('kind', [
  z.object({ v: z.literal(1), kind: z.enum(['login-request', 'settled']), id: requestId }),
  z.object({ v: z.literal(1), kind: z.literal('notice'), id: noticeId }),
  z.object({ v: z.literal(1), kind: z.literal('test') }),
])
const envelope = z.object({ countersign: pushContent, app_badge: z.optional(z.number()) })

export type Declared = { title: string; body: string; data: z.infer<typeof declaredData> }
export type Incoming = { content: PushContent; badge?: number } | { declared: Declared } | { unknown: true }

/** As much of a push event as is read; `notification` is Safari's. */
export type Pushed = {
  data: Pick<PushMessageData, 'text'> | null
  notification?: { title: string; body: string; data: unknown } | null
}

export function readPush({ data, notification }: Pushed): Incoming {
  if (data) return readEnvelope(data.text())
  const declared = declaredData.safeParse(notification?.data)
  if (!notification || !declared.success) return { unknown: true }
  return { declared: { title: notification.title, body: notification.body, data: declared.data } }
}

function readEnvelope(text: string): Incoming {
  const parsed = envelope.safeParse(jsonOf(text))
  if (!parsed.success) return { unknown: true }
  const { countersign, app_badge } = parsed.data
  return { content: countersign, ...(app_badge !== undefined && { badge: app_badge }) }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

// Notifications as this worker draws them, and what it finds in them when they are pressed.
import * as z from 'zod/mini'
import { type DeviceRequest, deviceRequest } from '../protocol/device-api.ts'
import { type NoticeId, noticeId, requestId } from '../protocol/ids.ts'
import { requestBody, requestTitle, t, testTitle } from '../words/notifications.ts'
import type { Registration, Worker } from './worker.ts'

export type Action = 'approve' | 'deny' | 'report'

const shownData = z.discriminatedUnion('kind', [
  z.object({
    v: z.literal(1),
    kind: z.literal('login-request'),
    id: requestId,
    request: z.optional(deviceRequest),
    cautious: z.optional(z.boolean()),
    /** from when on Approve is meant, by this device's own clock: it came to stand where another button was */
    approveFrom: z.optional(z.number()),
  }),
  z.object({
    v: z.literal(1),
    kind: z.literal('outcome'),
    id: requestId,
    request: z.optional(deviceRequest),
    /** when it has been seen for long enough, by this device's own clock */
    until: z.optional(z.number()),
  }),
  /** what the account's person is told; without an id nothing can be done about it */
  z.object({ v: z.literal(1), kind: z.literal('notice'), id: z.optional(noticeId) }),
])
/** Kept with a notification: what was shown is what is decided on. */
export type ShownData = z.infer<typeof shownData>

export function readShown(data: unknown): ShownData | undefined {
  const parsed = shownData.safeParse(data)
  return parsed.success ? parsed.data : undefined
}

/** The library's own type leaves out what only workers may use. */
type Options = NotificationOptions & {
  data: ShownData
  actions?: { action: Action; title: string }[]
  timestamp?: number
}

const ANSWERS = {
  'sign-in': answers(t('notifications.approve'), t('notifications.deny')),
  'verify-caller': answers(t('notifications.verifyCaller.yes'), t('notifications.verifyCaller.no')),
}
const REPORT = { action: 'report' as const, title: t('notifications.report') }

function show(registration: Registration, title: string, options: Options): Promise<void> {
  return registration.showNotification(title, { lang: 'en', dir: 'auto', ...options })
}

function answers(yes: string, no: string) {
  return { approve: { action: 'approve' as const, title: yes }, deny: { action: 'deny' as const, title: no } }
}

/** `cautious`: several ask at once, or one was denied a moment ago; then there is nothing to approve with. */
export type RequestLook = { cautious: boolean; again?: boolean; approveFrom?: number }

export function showRequest(registration: Registration, request: DeviceRequest, look: RequestLook): Promise<void> {
  const body = requestBody(request)
  const { cautious, approveFrom } = look
  const { approve, deny } = ANSWERS[request.purpose]
  const known = approveFrom === undefined ? {} : { approveFrom }
  return show(registration, requestTitle(request), {
    body: cautious ? `${t('notifications.several', { username: request.username })}\n${body}` : body,
    tag: request.id,
    data: { v: 1, kind: 'login-request', id: request.id, request, cautious, ...known },
    actions: cautious ? [deny] : [approve, deny],
    timestamp: Date.parse(request.createdAt),
    requireInteraction: true,
    silent: look.again ?? false,
  })
}

/** As the push itself would have it shown: nothing but ids came with it. */
export function showDeclared(
  registration: Registration,
  { title, body, id }: { title: string; body: string; id: DeviceRequest['id'] },
): Promise<void> {
  return show(registration, title, { body, tag: id, data: { v: 1, kind: 'login-request', id } })
}

export type Outcome = {
  title: string
  body?: string
  id: DeviceRequest['id']
  request?: DeviceRequest
  reportable?: boolean
  until?: number
}

/** Takes the place of the request it is about. */
export function showOutcome(registration: Registration, outcome: Outcome): Promise<void> {
  const { title, body = '', id, request, reportable = false, until } = outcome
  return show(registration, title, {
    body,
    tag: id,
    data: { v: 1, kind: 'outcome', id, ...(request && { request }), ...(until !== undefined && { until }) },
    actions: reportable ? [REPORT] : [],
    silent: true,
  })
}

/** Stays until somebody has seen to it: it may be the only sign of an attack. */
export function showNotice(
  registration: Registration,
  { title, body, id, reportable }: { title: string; body: string; id: NoticeId; reportable: boolean },
): Promise<void> {
  return show(registration, title, {
    body,
    tag: id,
    data: { v: 1, kind: 'notice', id },
    actions: reportable ? [REPORT] : [],
    requireInteraction: true,
  })
}

export function showTest(registration: Registration): Promise<void> {
  return show(registration, testTitle(), { tag: 'test', data: { v: 1, kind: 'notice' } })
}

export function showUnknown(registration: Registration): Promise<void> {
  return show(registration, t('notifications.unknown'), { tag: 'unknown', data: { v: 1, kind: 'notice' } })
}

/** Long enough to be read. */
const GLANCE_MS = 4_000

type Timed = Pick<Worker, 'registration' | 'clock'>

/**
 * For an outcome that asks for nothing: it goes by itself.
 * @returns when it has gone; should the worker be stopped before, `tidy` takes it away
 */
export async function showBriefly({ registration, clock }: Timed, outcome: Outcome): Promise<{ gone: Promise<void> }> {
  await showOutcome(registration, { ...outcome, until: clock.now() + GLANCE_MS })
  return { gone: clock.after(GLANCE_MS).then(() => closeOutcome(registration, outcome.id)) }
}

async function closeOutcome(registration: Registration, tag: string): Promise<void> {
  for (const notification of await registration.getNotifications({ tag }))
    if (readShown(notification.data)?.kind === 'outcome') notification.close()
}

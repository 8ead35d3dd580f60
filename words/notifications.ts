// The sentences of notifications. Server and worker make them by the same functions, so that a browser which shows the
// push by itself and one whose worker does say the same.
import { notifications } from './en/notifications.ts'
import { translator } from './translate.ts'

export const { t } = translator(notifications)

type Asked = {
  purpose: 'sign-in' | 'verify-caller'
  username: string
  application: { name: string }
  /** parts that are no strings are left out */
  context: Readonly<Record<string, unknown>>
}

export function requestTitle({ purpose, application }: Asked): string {
  const name = isolated(application.name)
  return purpose === 'verify-caller'
    ? t('notifications.verifyCaller.title', { application: name })
    : t('notifications.signIn.title', { application: name })
}

/** 'alice · near Rotterdam · Chrome on Windows', and first of all what is unusual. */
export function requestBody({ purpose, username, context }: Asked): string {
  const { notice, location, client } = context
  const pieces = [
    purpose === 'verify-caller' && t('notifications.verifyCaller.body'),
    notice === 'new-place' && t('notifications.newPlace'),
    isolated(username),
    isText(location) && t('notifications.near', { place: isolated(town(location)) }),
    isText(client) && isolated(client),
  ]
  return pieces.filter(isText).join(' · ')
}

/** How a request ended, told to a device that did not end it. */
export function settledTitle(state: string): string {
  if (state === 'expired') return t('notifications.expired')
  return state === 'cancelled' ? t('notifications.cancelled') : t('notifications.answeredElsewhere')
}

type Told = { kind: string; username: string; device: { name: string } | null }

/** 'Pixel 9 was added for alice' */
export function noticeTitle({ kind, username, device }: Told): string {
  const key = `notices.${kind}`
  const values = { username: isolated(username), device: isolated(device?.name ?? '') }
  return t(isKnown(key) ? key : 'notices.unknown', values)
}

const CAN_BE_UNDONE: readonly string[] = ['device-added', 'token-added', 'device-moving', 'link-made', 'link-by-device']

type Reportable = { at: string; reportableUntil: string }

/** A device that is gone reports nothing. */
export const isReportable = ({ at, reportableUntil }: Reportable) => reportableUntil !== at

export function noticeBody({ kind, ...until }: Pick<Told, 'kind'> & Reportable): string {
  if (!isReportable(until)) return t('notices.gone')
  return t(CAN_BE_UNDONE.includes(kind) ? 'notices.undo' : 'notices.report')
}

type NoticeKey = Extract<keyof typeof notifications, `notices.${string}`>

function isKnown(key: string): key is NoticeKey {
  return Object.hasOwn(notifications, key)
}

export function testTitle(): string {
  return t('notifications.test')
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** 'Rotterdam' of 'Rotterdam, Netherlands': a notification's line is short. */
function town(location: string): string {
  return location.split(',', 1)[0] ?? location
}

const RIGHT_TO_LEFT =
  /\p{Script=Hebrew}|\p{Script=Arabic}|\p{Script=Syriac}|\p{Script=Thaana}|\p{Script=Nko}|\p{Script=Adlam}/u

/** A name written from right to left must not turn around the words beside it (U+2068 … U+2069). */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text
}

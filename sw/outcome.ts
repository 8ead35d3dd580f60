// What is said when a decision has been answered, or could not be.
import type { DeviceError, DeviceRequest } from '../client/device/index.ts'
import type { Verdict } from '../protocol/decision.ts'
import type { Decided } from '../protocol/device-api.ts'
import type { RequestState } from '../protocol/login-request.ts'
import { settledTitle, t } from '../words/notifications.ts'
import { type Outcome, showBriefly, showOutcome } from './tray.ts'
import type { Worker } from './worker.ts'

type Said = Pick<Outcome, 'title' | 'body' | 'reportable'> & { brief?: boolean }

export async function showSaid(worker: Worker, request: DeviceRequest, said: Said): Promise<void> {
  const { brief, ...outcome } = { ...said, id: request.id, request }
  if (brief) await (await showBriefly(worker, outcome)).gone
  else await showOutcome(worker.registration, outcome)
}

export function saidOfDecided({ purpose }: DeviceRequest, verdict: Verdict, { state }: Decided): Said {
  if (verdict === 'report') return purpose === 'sign-in' ? reported(state) : { title: reportedCall(state) }
  if (verdict === 'approve' && state === 'approved') return { title: t('notifications.approved'), brief: true }
  if (verdict === 'deny' && state === 'denied')
    return { title: t('notifications.denied'), body: t('notifications.denied.body'), reportable: true }
  return ended(state)
}

/** Of what had ended before nobody can say that the report stopped it. */
function reported(state: RequestState): Said {
  const over = state === 'approved' ? t('notifications.reported.late') : t('notifications.reported.over')
  return {
    title: state === 'denied' ? t('notifications.reported') : over,
    body: t('notifications.reported.body'),
  }
}

const reportedCall = (state: RequestState) =>
  state === 'approved' ? t('notifications.reported.callLate') : t('notifications.reported.call')

/** Somebody else's approval is what a person may have to report. */
function ended(state: string): Said {
  return state === 'approved'
    ? { title: settledTitle(state), reportable: true }
    : { title: settledTitle(state), brief: true }
}

/** @param revoked the token is gone, and not only suspended */
export function saidOfRefusal(verdict: Verdict, { slug, document }: DeviceError, revoked = false): Said {
  if (verdict === 'report' && (slug === 'already-settled' || slug === 'expired'))
    return { title: t('notifications.reported.tooLate'), body: t('notifications.reported.tooLate.body') }
  switch (slug) {
    case 'already-settled':
      return ended(String(document.state))
    case 'expired':
    case 'unknown-request':
      return { title: t('notifications.expired') }
    case 'token-inactive':
      return { title: revoked ? t('notifications.tokenRemoved') : t('notifications.tokenInactive') }
    case 'unknown-device':
      return { title: t('notifications.deviceRemoved') }
    default:
      return { title: t('notifications.refused') }
  }
}

/** A decision that can't be kept is not sent: the app says why. */
export function saidWhenNotKept(): Said {
  return { title: t('notifications.notSent'), body: t('notifications.notKept.body') }
}

export function saidWhileSending(): Said {
  return { title: t('notifications.sending') }
}

export function saidWhenOver(): Said {
  return { title: t('notifications.notSent'), body: t('notifications.notSent.body') }
}

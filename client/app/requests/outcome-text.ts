// The words for each end of a request.
import { parts, t } from '../../../words/requests.ts'
import type { Part } from '../../../words/translate.ts'
import type { DeviceRequest } from '../../device/index.ts'
import type { Ending } from './decision-flow.ts'

export type OutcomeWords = {
  tone: 'good' | 'bad' | 'over'
  title: string
  more?: readonly Part[] | undefined
  /** what the report is called here; absent where there is nothing to report */
  report?: 'outcome.mistake' | 'outcome.notMe'
}

export function outcomeOf(ending: Ending, request: DeviceRequest): OutcomeWords {
  switch (ending) {
    case 'approved':
      return {
        tone: 'good',
        title: t('outcome.approved'),
        more: approvedMore(request),
        report: 'outcome.mistake',
      }
    case 'denied':
      return { tone: 'over', title: t('outcome.denied'), report: 'outcome.notMe' }
    case 'wrong-numbers':
      return { tone: 'bad', title: t('outcome.threeWrong'), more: tryAgain(request), report: 'outcome.notMe' }
    case 'wrong-passcodes':
      return {
        tone: 'bad',
        title: t('outcome.threeWrongPasscodes'),
        more: tryAgain(request),
        report: 'outcome.notMe',
      }
    case 'reported':
    case 'reported-over':
    case 'reported-late':
      return reported(ending, request)
    case 'too-late':
      return { tone: 'bad', title: t('outcome.tooLate'), more: parts('outcome.tooLateMore') }
    case 'expired':
      return { tone: 'over', title: t('outcome.expired'), more: tryAgain(request), report: 'outcome.notMe' }
    case 'cancelled':
      // Whoever knows a password can cancel too, before anybody sees what was asked.
      return { tone: 'over', title: t('outcome.cancelled'), report: 'outcome.notMe' }
    case 'elsewhere':
      return { tone: 'over', title: t('outcome.elsewhere'), report: 'outcome.notMe' }
    case 'inactive':
      return { tone: 'bad', title: t('outcome.inactive'), more: parts('outcome.inactiveMore') }
    case 'token-removed':
      return { tone: 'bad', title: t('token.revoked'), more: parts('outcome.newLink') }
    case 'unlock-gone':
      return { tone: 'bad', title: t('unlock.gone') }
    case 'evicted':
      return { tone: 'bad', title: t('outcome.evicted'), more: parts('outcome.newLink') }
    case 'gone':
      return { tone: 'over', title: t('outcome.gone'), more: parts('outcome.goneMore') }
    case 'unanswered':
      return {
        tone: 'bad',
        title: t('outcome.unanswered'),
        more: parts('outcome.unansweredMore'),
        report: 'outcome.notMe',
      }
  }
}

/** Of what had ended before nobody can say that the report stopped it. */
function reported(
  ending: 'reported' | 'reported-over' | 'reported-late',
  { purpose, application }: DeviceRequest,
): OutcomeWords {
  const told = parts('outcome.reportedInMore', { application: application.name })
  if (purpose === 'verify-caller')
    return ending === 'reported-late'
      ? { tone: 'bad', title: t('outcome.reportedCallLate'), more: told }
      : { tone: 'good', title: t('outcome.reportedCall') }
  if (ending === 'reported') return { tone: 'good', title: t('outcome.reported') }
  if (ending === 'reported-over') return { tone: 'good', title: t('outcome.reportedOver') }
  return { tone: 'bad', title: t('outcome.reportedIn'), more: told }
}

/** Nobody who is called by the help desk signs in anywhere. */
const tryAgain = ({ purpose }: DeviceRequest) => (purpose === 'sign-in' ? parts('outcome.tryAgain') : undefined)

function approvedMore({ purpose, application }: DeviceRequest): readonly Part[] {
  const key = purpose === 'verify-caller' ? 'outcome.approvedVerify' : 'outcome.approvedMore'
  return parts(key, { application: application.name })
}

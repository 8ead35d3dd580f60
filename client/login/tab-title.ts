// What the browser's tab is called: who looks at another one meanwhile sees there how far the sign-in is.
import type { SignInView } from '../../protocol/login-api.ts'
import { t } from '../../words/login.ts'
import type { RequestEnd } from './request-end.ts'

export function tabTitle({ step, application }: SignInView, end: RequestEnd | undefined): string {
  if (step === 'password') return t('login.title', { application })
  return t('login.tab', { application, heading: HEADINGS[step](end) })
}

const HEADINGS = {
  confirm: () => t('login.confirm.title'),
  waiting: (end: RequestEnd | undefined) => t(end ? `login.end.${end}` : 'login.waiting.title'),
  'signed-in': () => t('login.done.title'),
}

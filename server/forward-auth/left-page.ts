// Said after a sign-out from a protected site. It stands here, since there a sign-in would begin anew.
import { t } from '../../words/forward-auth.ts'
import { escaped } from '../escaped.ts'
import { plainPage } from '../http/plain-page.ts'

/** @param site the way back, where it is one of ours */
export function leftPage(site: string | undefined): string {
  const back = site
    ? `<p><a href="${escaped(site)}/">${escaped(t('left.again', { site: new URL(site).host }))}</a></p>`
    : ''
  return plainPage(t('left.title'), `<p>${escaped(t('left.body'))}</p>\n${back}`)
}

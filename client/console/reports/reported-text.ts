// What came of what somebody reported, and where it was asked for.
import type { ReportView } from '../../../protocol/operator-api/reports.ts'
import { t } from '../../../words/console.ts'

export function outcomeText({ caller, redeemed }: Pick<ReportView, 'caller' | 'redeemed'>): string {
  if (caller) return t(redeemed ? 'reports.caller.redeemed' : 'reports.caller.stopped')
  return t(redeemed ? 'reports.redeemed' : 'reports.stopped')
}

/** What the organisation registered has a name of its own. */
export function applicationText({ caller, application }: Pick<ReportView, 'caller' | 'application'>): string {
  if (caller) return t('reports.caller')
  return application ? application.name || t('reports.ownAccount') : t('reports.noApplication')
}

// What somebody reported about their account.
import type { ReportView } from '../../../protocol/operator-api/reports.ts'
import { t } from '../../../words/console.ts'

const WHAT = {
  'device-added': () => t('reports.notice.device-added'),
  'token-added': () => t('reports.notice.token-added'),
  'device-removed': () => t('reports.notice.device-removed'),
  'token-removed': () => t('reports.notice.device-removed'),
  'password-changed': () => t('reports.notice.password-changed'),
  'recovery-codes-made': () => t('reports.notice.recovery-codes-made'),
  'recovery-code-used': () => t('reports.notice.recovery-code-used'),
  'addresses-changed': () => t('reports.notice.addresses-changed'),
  renamed: () => t('reports.notice.renamed'),
}

const STAYS: Partial<Record<string, () => string>> = {
  'device-added': () => t('reports.notice.device-added.stays'),
  'token-added': () => t('reports.notice.token-added.stays'),
}

export function noticeText({ kind, device, stays }: NonNullable<ReportView['notice']>): string {
  const known = Object.hasOwn(WHAT, kind) ? WHAT[kind as keyof typeof WHAT]() : t('reports.notice.unknown')
  const what = (stays && STAYS[kind]?.()) || known
  return device === null
    ? t('reports.notice.account', { what })
    : t('reports.notice.device', { what, device: isolated(device) })
}

/** U+2068 … U+2069: a name that somebody chose must not turn around the words beside it. */
const isolated = (name: string) => `\u2068${name}\u2069`

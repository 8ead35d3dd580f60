// What an entry of the audit log says, for people.
import type { AuditEntryView, AuditList } from '../../../protocol/operator-api/audit.ts'
import { t } from '../../../words/console.ts'

export type Names = AuditList['names']

/** 'Sign in failed': the kinds are words already. */
export function kindText(kind: string): string {
  const words = kind.replaceAll('-', ' ').replace(/\bapi\b/, 'API')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export const nameOf = (id: string | null, names: Names) => (id === null ? '' : (names[id] ?? id))

/** The operator or program, as they were called then; empty where the system did it. */
export function actorOf({ user, device, detail, actor }: AuditEntryView): string {
  const { by } = detail as { by?: { name?: unknown; kind?: unknown } }
  if (typeof by?.name === 'string') return by.name
  if (actor !== null) return actor
  return user !== null && device !== null ? t('audit.themselves') : ''
}

// What is said of an application in a line.
import type { ApplicationView } from '../../../protocol/operator-api/applications.ts'
import { t } from '../../../words/console.ts'

export function openTo({ groups }: ApplicationView): string {
  if (groups === null) return t('applications.everybody')
  return groups.length === 0 ? t('applications.nobody') : groups.map(({ name }) => name).join(', ')
}

/** By whichever way. */
export function lastSeen({ apiKeys, oidc }: ApplicationView): string | undefined {
  const times = [...apiKeys.map(({ lastUsedAt }) => lastUsedAt), oidc.askedAt, oidc.usedAt]
  return times
    .filter((time) => time !== null)
    .sort()
    .at(-1)
}

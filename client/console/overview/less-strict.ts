// Where people still approve without typing the number although the organisation asks for it: documents that weigh more.
import type { PolicyView } from '../../../protocol/operator-api/policies.ts'
import { t } from '../../../words/console.ts'

export type LessStrict = { scope: PolicyView['scope']; name: string; says: string }

export const lessStrict = (policies: readonly PolicyView[]): LessStrict[] =>
  policies.flatMap(({ scope, name, policy }) =>
    [
      ...(scope === 'organisation' || policy.numberMatching === undefined || policy.numberMatching === 'on'
        ? []
        : [t(`policies.value.numberMatching.${policy.numberMatching}`)]),
      ...(policy.withoutNumber === 'approval' ? [t('overview.deeds.withoutNumber')] : []),
    ].map((says) => ({ scope, name: name ?? t('overview.deeds.organisation'), says })),
  )

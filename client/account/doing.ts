import { t } from '../../words/account.ts'
import { doingWith } from '../ui/doing.ts'
import { Refusal, troubleText } from './conversation.ts'

export const useDoing = doingWith(troubleText)

/** For what may be changed so often a day. */
export const useChanging = doingWith((error) =>
  error instanceof Refusal && error.slug === 'too-many-requests' ? t('account.tooManyChanges') : troubleText(error),
)

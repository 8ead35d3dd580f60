// The account page as an application of the login page's: people sign in to it on the same road as anywhere else.
import { t } from '../../words/account.ts'
import { PLAIN } from './applications.ts'
import { ACCOUNT } from './built-in.ts'
import type { ApplicationRow } from './rows.ts'

export const ACCOUNT_CLIENT = 'countersign-account'

/** In no table: nobody can change it, and no key is good for it. */
export function accountApplication(organisation: string): ApplicationRow {
  return {
    id: ACCOUNT,
    name: t('account.application', { organisation }).slice(0, 64),
    created_at: 0,
    client_id: ACCOUNT_CLIENT,
    client_secret: null,
    redirect_uris: '[]',
    ...PLAIN,
  }
}

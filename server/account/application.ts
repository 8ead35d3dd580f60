// The account page as an application of the login page's: people sign in to it on the same road as anywhere else.
import type { ApplicationId } from '../../protocol/ids.ts'
import { t } from '../../words/account.ts'
import type { ApplicationRow } from '../applications/rows.ts'

export const ACCOUNT_CLIENT = 'countersign-account'

/** In no table: nobody can change it, and no key is good for it. */
export function accountApplication(organisation: string): ApplicationRow {
  return {
    id: `app_${'0'.repeat(26)}` as ApplicationId,
    name: t('account.application', { organisation }).slice(0, 64),
    created_at: 0,
    client_id: ACCOUNT_CLIENT,
    client_secret: null,
    redirect_uris: '[]',
    version: 1,
    login_text: null,
    icon: null,
    restricted: 0,
    previous_client_secret: null,
    previous_secret_until: null,
    oidc_asked_at: null,
    oidc_used_at: null,
  }
}

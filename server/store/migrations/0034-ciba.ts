// What was asked by OpenID Connect without a browser, until it is answered.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function ciba(db: Kysely<unknown>): Promise<void> {
  await table(db, 'ciba_asked', { request_id: 'text', auth_req_id: 'text', secret: 'text', expires_at: 'bigint' }, [
    'request_id',
  ])
  await index(db, 'ciba_asked', ['expires_at'])
}

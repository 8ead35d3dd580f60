// VPN gateways and servers that ask over RADIUS.
import type { Kysely } from 'kysely'
import { index, table } from './tables.ts'

export async function radius(db: Kysely<unknown>): Promise<void> {
  await table(
    db,
    'radius_clients',
    {
      id: 'text',
      application_id: 'text',
      network: 'text',
      certificate: 'text',
      secret: 'text',
      previous_secret: 'text?',
      previous_until: 'bigint?',
      challenges: 'bigint',
      groups: 'text',
      unsigned: 'bigint',
      created_at: 'bigint',
      last_seen_at: 'bigint?',
      fault: 'text?',
      fault_at: 'bigint?',
      version: 'bigint',
    },
    ['id'],
  )
  await index(db, 'radius_clients', ['network', 'certificate'], true)
  await index(db, 'radius_clients', ['application_id'])
}

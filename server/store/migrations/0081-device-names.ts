// Devices are found by the beginning of their name, in letters of any case: of ASCII alone, which is as both engines have it.
import { type Kysely, sql } from 'kysely'
import type { EngineColumns } from './tables.ts'

export async function deviceNames(db: Kysely<unknown>, engine: EngineColumns): Promise<void> {
  await engine.bytewise(db, 'devices', 'name')
  await sql`create index devices_lower_name_id on devices (lower(name), id)`.execute(db)
}

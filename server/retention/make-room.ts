// Parts of the audit log are made before they are needed. Each is as wide as a twentieth of the time for which entries are
// kept, or as a month: few enough parts, and none that is waited for long when its time is over.
import { sql } from 'kysely'
import { chainRow } from '../audit/chain/rows.ts'
import type { Clock } from '../clock.ts'
import { isTaken, LEAST, makeRoom } from '../store/parts.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { retention } from './times.ts'

const DAY = 24 * 3_600_000
const MONTH_DAYS = 30
const OF_THE_TIME = 1 / 20

/** @param least how many places a part holds at least */
export async function makeRoomForEntries(
  { store, clock }: { store: Store; clock: Clock },
  least = LEAST,
): Promise<void> {
  if (store.engine !== 'postgres') return
  const { read } = store
  const { audit } = await retention(read)
  const days = Math.min(MONTH_DAYS, (audit ?? Number.POSITIVE_INFINITY) * OF_THE_TIME)
  const position = (await chainRow(read))?.position ?? 0
  const width = Math.max(least, position - (await placeAt(read, clock.now() - days * DAY)))
  try {
    await makeRoom(store, 'audit_seals', { width, last: position })
    await makeRoom(store, 'audit', { width, last: await lastNumber(read) })
  } catch (error) {
    // Somebody holds what it needs: there is time.
    if (!isTaken(error)) throw error
  }
}

/** Where the chain was then. */
async function placeAt(db: Db, at: number): Promise<number> {
  const row = await db
    .selectFrom('audit_seals')
    .select('position')
    .where('at', '<', at)
    .orderBy('at', 'desc')
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.position ?? 0
}

async function lastNumber(db: Db): Promise<number> {
  const { rows } = await sql<{ last: number }>`select last_value as last from audit_seq_seq`.execute(db)
  return rows[0]?.last ?? 0
}

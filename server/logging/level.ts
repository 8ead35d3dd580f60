// Another log level for a while, for all servers on a store: to look closely while something goes wrong, without a
// start anew that would take what goes wrong away.
import { timestamp } from '../../protocol/login-request.ts'
import type { LogLevelName, LogLevelView } from '../../protocol/operator-api/logging.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

type Needs = { store: Store; clock: Clock }
type Kept = { level: LogLevelName; until: number }

const NAME = 'log-level'
const MINUTE = 60_000

export async function logLevel({ store, clock }: Needs): Promise<LogLevelView> {
  const kept = await levelKept(store.read, clock.now())
  return kept ? { level: kept.level, until: timestamp(kept.until) } : { level: null, until: null }
}

/** Every server takes it up within seconds. @param asked.level null: back to each server's own setting */
export async function setLogLevel(
  needs: Needs,
  { level, minutes }: { level: LogLevelName | null; minutes: number },
  by: Actor,
): Promise<LogLevelView> {
  const { store, clock } = needs
  const now = clock.now()
  const until = now + minutes * MINUTE
  await store.write(async (tx) => {
    await keep(tx, level && { level, until })
    const detail = level ? { level, until: timestamp(until) } : { level }
    await record(tx, { at: now, kind: 'log-level-changed', by, detail })
  })
  return logLevel(needs)
}

/** @param log what this process writes to; @param usual what its own setting says */
export async function takeUpLogLevel({ store, clock }: Needs, log: { level?: string }, usual: string): Promise<void> {
  const wanted = (await levelKept(store.read, clock.now()))?.level ?? usual
  if (log.level !== wanted) log.level = wanted
}

async function keep(tx: Db, kept: Kept | null): Promise<void> {
  const value = JSON.stringify(kept)
  const insert = tx.insertInto('settings').values({ name: NAME, value })
  await insert.onConflict((c) => c.column('name').doUpdateSet({ value })).execute()
}

/** Undefined once its time is over. */
async function levelKept(db: Db, now: number): Promise<Kept | undefined> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', NAME).executeTakeFirst()
  const kept: Kept | null = row ? JSON.parse(row.value) : null
  return kept && kept.until > now ? kept : undefined
}

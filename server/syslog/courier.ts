// Sends the audit log to the organisation's syslog receiver, entry by entry in the order of the chain. TCP says nothing
// of what has arrived, so a place counts as sent when the connection was still there a look later; after a break what
// was on its way is sent again. Receivers tell by `position` what they had.
import { entryOf } from '../audit/chain/seal.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'
import { connectSyslog, type SyslogConnection } from './connection.ts'
import { advance, hold, letGo, noteFailing, sentUntil } from './cursor.ts'
import { type PlacedEntry, syslogFrame } from './message.ts'

export type SyslogNeeds = {
  store: Store
  clock: Clock
  log: Logger
  publicOrigin: string
}

export const LOOK_EVERY_MS = 950
const AGAIN_MS = 10 * LOOK_EVERY_MS
const LEASE_MS = 30_000
/** In one look. */
const BATCH = 500

/** Runs until the signal. */
export async function sendSyslog(needs: SyslogNeeds, target: URL, signal: AbortSignal): Promise<void> {
  const { store, clock, log } = needs
  let held = 0
  let isPlaced = false
  while (!signal.aborted) {
    try {
      // Before there is a connection: what happens until then is sent too.
      if (!isPlaced) await sentUntil(store)
      isPlaced = true
      const lease = await hold(store, held, clock.now(), LEASE_MS)
      held = lease ?? 0
      if (lease !== undefined) held = await sendOn(needs, target, { held, signal })
    } catch (error) {
      if (signal.aborted) break
      log.warn({ fault: faultOf(error) }, 'the syslog receiver takes nothing; it is tried again')
      await noteFailing(store, clock.now())
    }
    // Ends with the signal, which the loop looks at.
    await clock.after(AGAIN_MS, signal).catch(() => undefined)
  }
  await letGo(store, held)
}

/** @returns the lease, when it is another process's turn or the signal has come */
async function sendOn(
  needs: SyslogNeeds,
  target: URL,
  { held, signal }: { held: number; signal: AbortSignal },
): Promise<number> {
  const { store, clock, log } = needs
  const connection = await connectSyslog(target, clock)
  let lease = held
  log.info({ receiver: target.host }, 'the syslog receiver is connected')
  try {
    while (!signal.aborted) {
      const from = await sentUntil(store)
      const last = await sendBatch(needs, connection, { from, signal })
      await clock.after(LOOK_EVERY_MS, signal).catch(() => undefined)
      connection.check()
      if (last !== undefined && !(await advance(store, from, last))) break
      const kept = await hold(store, lease, clock.now(), LEASE_MS)
      if (kept === undefined) break
      lease = kept
    }
  } finally {
    connection.close()
  }
  return lease
}

/** @returns the last place that is on its way; undefined where there is nothing new */
async function sendBatch(
  { store, publicOrigin }: SyslogNeeds,
  connection: SyslogConnection,
  { from, signal }: { from: number; signal: AbortSignal },
): Promise<number | undefined> {
  const entries = await entriesAfter(store, from)
  const last = entries.at(-1)
  if (!last) return undefined
  const host = new URL(publicOrigin).host
  await connection.write(Buffer.concat(entries.map((entry) => syslogFrame(entry, host))), signal)
  return last.position
}

async function entriesAfter({ read }: Store, from: number): Promise<PlacedEntry[]> {
  const rows = await read
    .selectFrom('audit_seals')
    .innerJoin('audit', 'audit.seq', 'audit_seals.seq')
    .select(['audit_seals.position', 'audit_seals.hash', 'audit.at', 'audit.kind', 'audit.user_id'])
    .select(['audit.request_id', 'audit.device_id', 'audit.application_id', 'audit.actor_id', 'audit.detail'])
    .where('audit_seals.position', '>', from)
    .orderBy('audit_seals.position')
    .limit(BATCH)
    .execute()
  return rows.map(({ position, hash, ...row }) => {
    const { evidence: _evidence, ...entry } = entryOf(row, null)
    return { position, hash, ...entry }
  })
}

/** A code where there is one: messages of the network can name addresses. */
function faultOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.message : 'unknown'
}

// How push services answer: counted in memory as answers come, written down now and then.
import { sql } from 'kysely'
import { FAILING } from '../../protocol/operator-api/overview.ts'
import type { Clock } from '../clock.ts'
import type { PushSender } from '../push/send.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

const MINUTE = 60_000
const KEPT_MS = 24 * 60 * MINUTE

export function pushCounts({ store, clock }: { store: Store; clock: Clock }) {
  let counts = new Map<string, { minute: number; service: string; delivered: number; failed: number }>()

  function note(endpoint: string, isDelivered: boolean): void {
    const now = clock.now()
    const minute = now - (now % MINUTE)
    const service = new URL(endpoint).origin
    const key = `${minute} ${service}`
    const row = counts.get(key) ?? { minute, service, delivered: 0, failed: 0 }
    row[isDelivered ? 'delivered' : 'failed'] += 1
    counts.set(key, row)
  }

  return {
    /** A subscription that has ended is the device's doing, not the service's. */
    counting: (sender: PushSender): PushSender => ({
      ...sender,
      send: async (push) => {
        const answer = await sender.send(push)
        note(push.endpoint, answer.kind === 'accepted' || answer.kind === 'gone')
        return answer
      },
    }),
    write: async () => {
      const rows = [...counts.values()]
      counts = new Map()
      if (rows.length === 0) return
      await store.write(async (tx) => {
        await tx
          .deleteFrom('push_tallies')
          .where('minute', '<', clock.now() - KEPT_MS)
          .execute()
        for (const row of rows) await addRow(tx, row)
      })
    },
  }
}

async function addRow(
  tx: Db,
  row: { minute: number; service: string; delivered: number; failed: number },
): Promise<void> {
  await tx
    .insertInto('push_tallies')
    .values(row)
    .onConflict((c) =>
      c.columns(['minute', 'service']).doUpdateSet({
        delivered: sql<number>`push_tallies.delivered + ${row.delivered}`,
        failed: sql<number>`push_tallies.failed + ${row.failed}`,
      }),
    )
    .execute()
}

/** Since so many minutes, by service. */
export async function pushSince(db: Db, since: number) {
  const rows = await db
    .selectFrom('push_tallies')
    .select(['service', 'delivered', 'failed'])
    .where('minute', '>=', since)
    .execute()
  return [...Map.groupBy(rows, ({ service }) => service)].map(([service, those]) => ({
    service,
    delivered: those.reduce((sum, row) => sum + row.delivered, 0),
    failed: those.reduce((sum, row) => sum + row.failed, 0),
  }))
}

/** The first minute from which on none went well; at most a day ago. */
export async function failingSince(db: Db, service: string, now: number): Promise<number | null> {
  const rows = await db
    .selectFrom('push_tallies')
    .select(['minute', 'delivered', 'failed'])
    .where('minute', '>=', now - KEPT_MS)
    .where('service', '=', service)
    .orderBy('minute', 'desc')
    .execute()
  let since: number | null = null
  for (const { minute, delivered, failed } of rows) {
    if (failed === 0 || failed < FAILING.share * (delivered + failed)) break
    since = minute
  }
  return since
}

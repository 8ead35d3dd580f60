// Writing expiry down, after the fact: readers see it by the clock already; counts and notifications follow here.
import type { UserId } from '../../protocol/ids.ts'
import { eraseOverdueSecrets, overdueRequests, requestRow } from './rows.ts'
import { type SettleNeeds, writeEnding } from './settle.ts'
import { asOf, type RequestRow } from './state.ts'

const BATCH = 200

/** One ended request; whoever else settles it in the same moment is welcome to. */
async function expire(needs: SettleNeeds, seen: RequestRow): Promise<void> {
  const row = asOf(seen, needs.clock.now())
  if (row.state === 'expired')
    await writeEnding(needs, {
      user: row.user_id,
      application: row.application_id,
      changes: [{ seen, row }],
      counts: 'unanswered',
    })
}

/** So that a new request is judged by counts that hold every ending up to now. */
export async function expireOfUser(
  needs: SettleNeeds,
  user: UserId,
  recent: readonly Pick<RequestRow, 'id' | 'state' | 'expires_at'>[],
): Promise<boolean> {
  const overdue = recent.filter((row) => row.state === 'pending' && row.expires_at <= needs.clock.now())
  for (const { id } of overdue) {
    const seen = await requestRow(needs.store.read, id)
    if (seen?.user_id === user && seen.state === 'pending') await expire(needs, seen)
  }
  return overdue.length > 0
}

/** @throws what kept a request from expiring, when all the others have expired */
export async function expireOverdue(needs: SettleNeeds): Promise<void> {
  const faults = new Map<RequestRow['id'], unknown>()
  for (;;) {
    const now = needs.clock.now()
    const overdue = await overdueRequests(needs.store.read, now, BATCH)
    // One user's requests follow one another, for they share the counts; users go side by side, in one commit.
    const users = Map.groupBy(overdue, (row) => row.user_id)
    await Promise.all(
      [...users.values()].map(async (rows) => {
        for (const row of rows) await expire(needs, row).catch((fault: unknown) => faults.set(row.id, fault))
      }),
    )
    if (overdue.length < BATCH || overdue.every(({ id }) => faults.has(id))) break
  }
  await needs.store.write((tx) => eraseOverdueSecrets(tx, needs.clock.now()))
  for (const fault of faults.values()) throw fault
}

// What became of a push, written in one transaction: the job, the subscription, and whoever asked for it.
import type { Db } from '../store/schema.ts'
import type { Announce, Store } from '../store/store.ts'
import type { Verdict } from './deliver.ts'
import { finish, type PushJob, postpone } from './outbox.ts'
import { dropEndpoint } from './subscriptions.ts'

/** Told in the transaction that ends a job, for each device that was reached or could not be. */
export type OnDelivery = (tx: Db, announce: Announce, job: PushJob, delivery: 'sent' | 'failed') => Promise<void>

export async function recordVerdict(
  { store, onDelivery }: { store: Store; onDelivery: OnDelivery },
  job: PushJob,
  verdict: Verdict,
): Promise<void> {
  await store.write(async (tx, announce) => {
    if (verdict.kind === 'again') return postpone(tx, job, verdict.at)
    // Gone already: a process that took this job over has told of it.
    if (!(await finish(tx, job))) return
    if (verdict.kind === 'unwanted') return
    if (verdict.kind === 'failed' && verdict.ended) await dropEndpoint(tx, job.device_id, verdict.ended)
    await onDelivery(tx, announce, job, verdict.kind)
  })
}

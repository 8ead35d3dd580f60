// What became of a push, written in one transaction: the job, the subscription, and whoever asked for it.
import type { Db } from '../store/schema.ts'
import type { Announce, Store } from '../store/store.ts'
import { mustWin, unlessOvertaken } from '../store/until-won.ts'
import type { Outcome } from './deliver.ts'
import { finish, type PushJob, postpone } from './outbox.ts'
import { dropEndpoint, dropOfTaken } from './subscriptions.ts'

/** Told in the transaction that ends a job, for each device that was reached or could not be. */
export type OnDelivery = (tx: Db, announce: Announce, job: PushJob, delivery: 'sent' | 'failed') => Promise<void>

type RecordNeeds = { store: Store; onDelivery: OnDelivery }

export async function recordOutcome({ store, onDelivery }: RecordNeeds, job: PushJob, outcome: Outcome): Promise<void> {
  if (outcome.kind === 'sent') return recordSent({ store, onDelivery }, job)
  await store.write(async (tx, announce) => {
    if (outcome.kind === 'again') return postpone(tx, job, outcome.at)
    // Gone already: a process that took this job over has told of it.
    if (!(await finish(tx, job))) return
    if (job.kind === 'notice') await dropOfTaken(tx, job.device_id)
    if (outcome.kind === 'unwanted') return
    if (outcome.kind === 'failed' && outcome.ended) await dropEndpoint(tx, job.device_id, outcome.ended)
    await onDelivery(tx, announce, job, outcome.kind)
  })
}

/** Most are, and nothing in it waits for an answer. */
async function recordSent({ store, onDelivery }: RecordNeeds, job: PushJob): Promise<void> {
  const written = store.writeTogether((tx, announce) => [
    mustWin(finish(tx, job)),
    job.kind === 'notice' && dropOfTaken(tx, job.device_id),
    onDelivery(tx, announce, job, 'sent'),
  ])
  await unlessOvertaken(written)
}

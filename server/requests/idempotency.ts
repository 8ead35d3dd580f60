// A creation that is sent again gets the first answer, and no second push.
import type { ApplicationId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import { digest } from '../store/digest.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import type { Created, createRequest } from './create.ts'
import { requestRow } from './rows.ts'
import { asOf, isFinal } from './state.ts'

export type IdempotencyNeeds = { store: Store; clock: Clock; sealer: Sealer; running: Set<string> }
export type Keyed = { application: ApplicationId; key: string; body: Uint8Array }

const KEPT_MS = 24 * 60 * 60 * 1000

/** The body of the first 201, byte for byte; once the request is over, without secret and number. */
export type FirstAnswer = { json: string; replayed: boolean }

/** @throws {Problem} idempotency-mismatch, idempotency-in-progress, and whatever `create` throws */
export async function onceOnly(
  needs: IdempotencyNeeds,
  keyed: Keyed,
  create: (also: NonNullable<Parameters<typeof createRequest>[1]['also']>) => Promise<Created>,
): Promise<FirstAnswer> {
  const name = `${keyed.application} ${keyed.key}`
  const before = await firstAnswer(needs, keyed)
  if (before !== undefined) return { json: before, replayed: true }
  if (needs.running.has(name)) throw new Problem('idempotency-in-progress')
  needs.running.add(name)
  try {
    return { json: JSON.stringify(await create(remember(needs, keyed))), replayed: false }
  } catch (error) {
    // Another process was first with this key: its answer is the answer, even where its request leaves no room for more.
    const first = await firstAnswer(needs, keyed)
    if (first === undefined) throw error
    return { json: first, replayed: true }
  } finally {
    needs.running.delete(name)
  }
}

function remember({ clock, sealer }: IdempotencyNeeds, { application, key, body }: Keyed) {
  return async (tx: Store['read'], answer: Created): Promise<void> => {
    const { secret: _secret, number: _number, ...rest } = answer
    await tx
      .insertInto('idempotency')
      .values({
        application_id: application,
        key,
        body_hash: digest(body),
        request_id: answer.id,
        answer: sealer.seal(JSON.stringify(answer), answerCell(answer.id)),
        public_answer: JSON.stringify(rest),
        expires_at: clock.now() + KEPT_MS,
      })
      .execute()
  }
}

const answerCell = (id: string) => ({ table: 'idempotency', column: 'answer', id })

async function firstAnswer(
  { store, clock, sealer }: IdempotencyNeeds,
  { application, key, body }: Keyed,
): Promise<string | undefined> {
  const row = await store.read
    .selectFrom('idempotency')
    .selectAll()
    .where('application_id', '=', application)
    .where('key', '=', key)
    .executeTakeFirst()
  if (!row) return undefined
  if (row.expires_at <= clock.now()) {
    await store.write((tx) =>
      tx
        .deleteFrom('idempotency')
        .where('application_id', '=', application)
        .where('key', '=', key)
        .where('expires_at', '=', row.expires_at)
        .execute(),
    )
    return undefined
  }
  if (row.body_hash !== digest(body)) throw new Problem('idempotency-mismatch')
  const request = await requestRow(store.read, row.request_id)
  const isOver = !request || isFinal(asOf(request, clock.now()))
  return row.answer === null || isOver ? row.public_answer : sealer.openText(row.answer, answerCell(row.request_id))
}

/** Keys that have had their day. */
export async function purgeAnswers(store: Store, now: number): Promise<void> {
  await store.write((tx) => tx.deleteFrom('idempotency').where('expires_at', '<=', now).execute())
}

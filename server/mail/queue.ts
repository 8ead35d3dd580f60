// The outbox as operators see it.

import * as z from 'zod/mini'
import type { UserId } from '../../protocol/ids.ts'
import { timeOrNull, timestamp } from '../../protocol/login-request.ts'
import type { MailEntry, MailList } from '../../protocol/operator-api/mail.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { MailAddress } from '../config-values.ts'
import { paged, timeIn } from '../store/cursor.ts'
import type { MailsTable } from '../store/mail-tables.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { mailAddress } from './address.ts'
import { enqueueMail, type MailNeeds } from './enqueue.ts'

const PAGE = 100

type Needs = { store: Store; mail: { isOn: boolean; host: string | undefined; from: MailAddress } }
type Asked = { state?: MailsTable['state'] | undefined; user?: UserId | undefined; cursor?: string | undefined }

/** Newest first. @throws {Problem} invalid where the cursor is not one of ours */
export async function mailQueue({ store, mail }: Needs, { state, user, cursor }: Asked): Promise<MailList> {
  let query = store.read.selectFrom('mails').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc')
  if (state !== undefined) query = query.where('state', '=', state)
  if (user !== undefined) query = query.where('user_id', '=', user)
  const after = timeIn(cursor)
  if (after)
    query = query
      .where('created_at', '<=', after.at)
      .where((e) => e.or([e('created_at', '<', after.at), e('id', '<', after.id as MailsTable['id'])]))
  const { rows, next } = paged(await query.limit(PAGE + 1).execute(), PAGE, (row) => row.created_at)
  const { name, address } = mail.from
  return {
    server: mail.host === undefined ? null : { host: mail.host, from: name === '' ? address : `${name} <${address}>` },
    ...(await waitingMails(store.read)),
    mails: rows.map(shown),
    next,
  }
}

/** For the overview too. */
export async function waitingMails(db: Db): Promise<Pick<MailList, 'waiting' | 'tried' | 'oldestWaiting'>> {
  const waiting = db.selectFrom('mails').where('state', '=', 'waiting')
  const all = await waiting
    .select((e) => [e.fn.countAll<number>().as('count'), e.fn.min('created_at').as('oldest')])
    .executeTakeFirstOrThrow()
  const tried = await waiting
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('attempts', '>', 0)
    .executeTakeFirstOrThrow()
  return {
    waiting: Number(all.count),
    tried: Number(tried.count),
    oldestWaiting: all.oldest === null ? null : timestamp(Number(all.oldest)),
  }
}

function shown(row: MailsTable): MailEntry {
  return {
    id: row.id,
    template: row.template,
    to: row.recipient,
    user: row.user_id,
    state: row.state,
    attempts: row.attempts,
    createdAt: timestamp(row.created_at),
    dueAt: row.state === 'waiting' ? timestamp(row.due_at) : null,
    finishedAt: timeOrNull(row.finished_at),
    error: row.error,
  }
}

/** All that wait are tried at once, not only when their time has come. @returns how many */
export async function retryMails({ store, clock }: { store: Store; clock: Clock }): Promise<number> {
  const now = clock.now()
  const result = await store.write((tx) =>
    tx
      .updateTable('mails')
      .set({ due_at: now })
      .where('state', '=', 'waiting')
      .where('due_at', '>', now)
      .executeTakeFirstOrThrow(),
  )
  return Number(result.numUpdatedRows)
}

const recipient = z.object({ to: mailAddress })

/** @throws {Problem} invalid, mail-not-set-up */
export async function sendTestMail(needs: MailNeeds & { store: Store }, asked: string, by: Actor): Promise<string> {
  const { to } = parseOrRefuse(recipient, { to: asked })
  return needs.store.write(async (tx) => {
    const id = await enqueueMail(tx, needs, { to, template: 'test', values: { operator: by.name } })
    if (id === undefined) throw new Problem('mail-not-set-up')
    await record(tx, { at: needs.clock.now(), kind: 'test-mail-sent', by, detail: { to } })
    return id
  })
}

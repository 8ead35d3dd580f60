// What everybody reads on the sign-in page during an attack or an outage. It ends by itself.
import * as z from 'zod/mini'
import { timestamp } from '../../protocol/login-request.ts'
import type { SignInNotice } from '../../protocol/operator-api/sign-in-notice.ts'
import type { Actor } from '../audit/actor.ts'
import { raise, record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { prepared } from '../store/prepared.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

type Needs = { store: Store; clock: Clock }

const NAME = 'sign-in-notice'
const HOUR_MS = 3_600_000
const stored = z.object({ text: z.string(), at: z.int(), until: z.int(), by: z.string() })

const find = prepared((db, v: { name: string }) => db.selectFrom('settings').select('value').where('name', '=', v.name))

async function noticeAt(db: Db, now: number): Promise<z.infer<typeof stored> | undefined> {
  const row = (await find(db, { name: NAME })).rows[0]
  const notice = row && stored.parse(JSON.parse(row.value))
  return notice && notice.until > now ? notice : undefined
}

/** What the page shows now. */
export async function noticeText({ store, clock }: Needs): Promise<string | undefined> {
  return (await noticeAt(store.read, clock.now()))?.text
}

export async function shownNotice({ store, clock }: Needs): Promise<SignInNotice> {
  const notice = await noticeAt(store.read, clock.now())
  if (!notice) return { notice: null }
  const { text, at, until, by } = notice
  return { notice: { text, by, at: timestamp(at), until: timestamp(until) } }
}

/** In the place of the one before. */
export async function writeNotice(
  needs: Needs,
  { text, hours }: { text: string; hours: number },
  by: Actor,
): Promise<SignInNotice> {
  const at = needs.clock.now()
  const until = at + hours * HOUR_MS
  const value = JSON.stringify({ text, at, until, by: by.name })
  await needs.store.write(async (tx) => {
    await tx
      .insertInto('settings')
      .values({ name: NAME, value })
      .onConflict((c) => c.column('name').doUpdateSet({ value }))
      .execute()
    await raise(tx, { at, kind: 'sign-in-notice-written', by, detail: { text, until: timestamp(until) } })
  })
  return shownNotice(needs)
}

/** Twice is once. */
export async function clearNotice({ store, clock }: Needs, by: Actor): Promise<void> {
  await store.write(async (tx) => {
    const gone = await tx.deleteFrom('settings').where('name', '=', NAME).executeTakeFirstOrThrow()
    if (gone.numDeletedRows > 0n) await record(tx, { at: clock.now(), kind: 'sign-in-notice-cleared', by })
  })
}

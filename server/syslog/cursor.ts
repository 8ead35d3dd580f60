// How far the audit log was sent, and which process sends it: rows, so that nothing is forgotten with a process.
import { chainRow } from '../audit/chain/rows.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

const SENT = 'syslog'
const LEASE = 'syslog-lease'
const FAILING = 'syslog-failing'

async function mark(db: Db, name: string): Promise<number | undefined> {
  return (await db.selectFrom('tally_marks').select('at').where('name', '=', name).executeTakeFirst())?.at
}

async function insertMark(tx: Db, name: string, at: number): Promise<boolean> {
  const added = await tx
    .insertInto('tally_marks')
    .values({ name, at })
    .onConflict((c) => c.column('name').doNothing())
    .executeTakeFirstOrThrow()
  return added.numInsertedOrUpdatedRows === 1n
}

/** The last place that was sent. The first time it is where the chain is: what was before is in an export. */
export async function sentUntil(store: Store): Promise<number> {
  const known = await mark(store.read, SENT)
  if (known !== undefined) return known
  const position = (await chainRow(store.read))?.position ?? 0
  await store.write((tx) => insertMark(tx, SENT, position))
  return (await mark(store.read, SENT)) ?? position
}

/** The same, without beginning: undefined where nothing was ever sent. */
export const sentSoFar = (store: Store): Promise<number | undefined> => mark(store.read, SENT)

/** @returns false where another process went on meanwhile */
export async function advance(store: Store, from: number, to: number): Promise<boolean> {
  return store.write(async (tx) => {
    const moved = await tx
      .updateTable('tally_marks')
      .set({ at: to })
      .where('name', '=', SENT)
      .where('at', '=', from)
      .executeTakeFirstOrThrow()
    await tx.deleteFrom('tally_marks').where('name', '=', FAILING).execute()
    return moved.numUpdatedRows === 1n
  })
}

/**
 * Held by one process until it falls silent.
 * @param held until when this process has it
 * @returns until when it has it now
 */
export async function hold(store: Store, held: number, now: number, ms: number): Promise<number | undefined> {
  const until = now + ms
  return store.write(async (tx) => {
    const taken = await tx
      .updateTable('tally_marks')
      .set({ at: until })
      .where('name', '=', LEASE)
      .where((e) => e.or([e('at', '<=', now), e('at', '=', held)]))
      .executeTakeFirstOrThrow()
    if (taken.numUpdatedRows === 1n) return until
    return (await insertMark(tx, LEASE, until)) ? until : undefined
  })
}

export async function letGo(store: Store, held: number): Promise<void> {
  await store.write((tx) => tx.deleteFrom('tally_marks').where('name', '=', LEASE).where('at', '=', held).execute())
}

export async function noteFailing(store: Store, now: number): Promise<void> {
  await store.write((tx) => insertMark(tx, FAILING, now))
}

/** `missed`: so many entries were let go of before the receiver took them */
export async function syslogState({ read }: Store) {
  const [mine, failingSince, chain] = await Promise.all([mark(read, SENT), mark(read, FAILING), chainRow(read)])
  const position = chain?.position ?? 0
  const sent = mine ?? position
  const missed = Math.max(0, (await cutUntil(read)) - sent)
  return { sent, position, failingSince: failingSince ?? null, missed }
}

async function cutUntil(db: Db): Promise<number> {
  const cut = await db
    .selectFrom('audit_cuts')
    .select((e) => e.fn.max('position').as('position'))
    .executeTakeFirst()
  return Number(cut?.position ?? 0)
}

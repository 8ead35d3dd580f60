// Somebody must always be in charge. Mishap stopped: two owners who remove one another at once, in two processes. One
// number rises with every change that could leave nobody, so the second of them decides again.
import type { OperatorId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { OWNERS_VERSION } from '../store/migrations/0002-operators.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { untilWon } from '../store/until-won.ts'
import { activeOwners, invitedOwners } from './rows.ts'

/** Resolves with undefined, and nothing written, where somebody else's change of this kind came first. */
type Write = <T>(work: (tx: Db) => Promise<T>) => Promise<T | undefined>

/** @param attempt reads, refuses, and writes by what it is handed; done again until no other change came in between */
export function guardingOwners<T>(store: Store, attempt: (write: Write) => Promise<T | undefined>): Promise<T> {
  return untilWon(async () => {
    // Before anything else is read: what changes from here on is noticed.
    const seen = await version(store.read)
    return attempt((work) => store.write(async (tx) => ((await raiseVersion(tx, seen)) ? work(tx) : undefined)))
  })
}

/** @throws {Problem} last-owner, where nobody else could sign in as one, or, while nobody can, was asked to be one */
export async function refuseLastOwner(db: Db, operator: OperatorId): Promise<void> {
  const active = await activeOwners(db)
  const owners = active.length > 0 ? active : await invitedOwners(db)
  if (owners.length === 1 && owners[0] === operator) throw new Problem('last-owner')
}

async function version(db: Db): Promise<string> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', OWNERS_VERSION)
    .executeTakeFirstOrThrow()
  return row.value
}

async function raiseVersion(tx: Db, seen: string): Promise<boolean> {
  const result = await tx
    .updateTable('settings')
    .set({ value: String(Number(seen) + 1) })
    .where('name', '=', OWNERS_VERSION)
    .where('value', '=', seen)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

// Statements of one transaction that need none of one another's answers. On PostgreSQL they leave in one packet, in the
// order in which they are asked for here.
import type { Store } from './store.ts'

/** What PostgreSQL says to each statement after the one that failed (SQLSTATE in_failed_sql_transaction). */
const FAILED_BEFORE = '25P02'

/**
 * Waits for all of them even where one fails: what went on after its transaction was taken back would be outside of it.
 * @throws what the one threw for which the others failed, too
 */
export async function together<Asked extends readonly unknown[] | []>(
  asked: Asked,
): Promise<{ -readonly [Each in keyof Asked]: Awaited<Asked[Each]> }> {
  const outcomes = await Promise.allSettled(asked)
  const faults = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  if (faults.length > 0) throw faults.find((fault) => fault?.code !== FAILED_BEFORE) ?? faults[0]
  return Promise.all(asked)
}

/** As `Store.writeTogether` where something may wait for an answer in between. */
export function inSteps({ write }: Pick<Store, 'write'>): Store['writeTogether'] {
  return (ask) => write((tx, announce) => together(ask(tx, announce)))
}

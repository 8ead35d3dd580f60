// What the organisation's syslog receiver has not got yet goes later than the rest, so that it is somewhere.
import { sentSoFar } from '../syslog/cursor.ts'
import type { RetentionNeeds } from './needs.ts'

/** Nobody's name is kept for ever for the sake of a receiver that takes nothing. */
const UNSENT_KEPT = 30 * 24 * 3_600_000

/** @returns whether an entry that is old enough to go by its time has still to be sent, and may yet be */
export async function waitedFor(
  { store, config }: RetentionNeeds,
  before: number,
): Promise<(entry: { at: number; position: number }) => boolean> {
  const sent = (config.syslog && (await sentSoFar(store))) ?? Number.POSITIVE_INFINITY
  return ({ at, position }) => position > sent && at >= before - UNSENT_KEPT
}

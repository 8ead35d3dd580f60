// A link that somebody of the organisation makes for one person. Attack stopped: a help desk that is talked into it, or
// its screen left unlocked; the person is told at once, and says no.
import type { Actor } from '../audit/actor.ts'
import { knownUser } from '../directory/users.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { Db } from '../store/schema.ts'
import type { Announce } from '../store/store.ts'
import {
  type CreatedEnrolment,
  type CreateEnrolmentNeeds,
  type NewEnrolment,
  type PreparedEnrolment,
  prepareEnrolment,
  writeEnrolment,
} from './create.ts'

type Asked = Omit<NewEnrolment, 'by'> & { reason: string }

/** @throws {Problem} unknown-user, invalid, incompatible-policy */
export async function makeLink(
  needs: CreateEnrolmentNeeds & TellNeeds,
  { reason, ...asked }: Asked,
  by: Actor,
): Promise<CreatedEnrolment> {
  const { store } = needs
  await knownUser(store.read, asked.user)
  const prepared = await prepareEnrolment(needs, asked)
  await store.write(async (tx, announce) => {
    await writeEnrolment(tx, prepared, by, { reason })
    await tellLink(tx, { ...needs, announce }, prepared)
  })
  return prepared.created
}

/**
 * Whoever has no device yet hears of it by mail alone.
 * @param to where the link itself is mailed, and says so
 */
export function tellLink(
  tx: Db,
  needs: TellNeeds & { announce: Announce },
  { row }: PreparedEnrolment,
  to: string | null = null,
): Promise<void> {
  return tell(tx, needs, { user: row.user_id, kind: 'link-made', ...(to !== null && { written: to }) })
}

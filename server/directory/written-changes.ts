// A change of somebody as it is written, recorded and told, in the transaction that makes it.
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { TellNeeds } from '../notices/news.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import type { Db } from '../store/schema.ts'
import type { Announce } from '../store/store.ts'
import { tellOfChanges } from './address-news.ts'
import { refuseHeld } from './former-names.ts'
import { type UserChanges, type UserRow, updateUser } from './rows.ts'

export type ChangeNeeds = SettleNeeds & TellNeeds
type Telling = TellNeeds & { announce: Announce }
export type Told = ChangeNeeds & Telling
/** What somebody is from now on, and by whom. */
export type Aligned = { seen: UserRow; changes: UserChanges; by: Actor }

/** @throws {Problem} changed-meanwhile */
export async function written(tx: Db, seen: UserRow, changes: UserChanges, at: number): Promise<UserRow> {
  const row = await updateUser(tx, seen, changes, at)
  if (!row) throw new Problem('changed-meanwhile')
  return row
}

const MEMBERS: Partial<Record<keyof UserChanges, string>> = {
  username: 'username',
  display_name: 'displayName',
  email: 'email',
  external_id: 'externalId',
  given_name: 'givenName',
  family_name: 'familyName',
}

export async function recordChanges(tx: Db, needs: Telling, { seen, changes, by, at }: Aligned & { at: number }) {
  const members = (Object.keys(changes) as (keyof UserChanges)[]).flatMap((column) => MEMBERS[column] ?? [])
  const { username_key } = changes
  if (username_key !== undefined) await refuseHeld(tx, { username_key, user: seen.id }, at)
  if (members.length > 0) await record(tx, { at, kind: 'user-changed', user: seen.id, by, detail: { members } })
  await tellOfChanges(tx, needs, seen, changes)
}

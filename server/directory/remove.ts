// Somebody leaves: everything that is about them as a person goes, in one transaction. What happened stays, by their id.
import type { DeviceId, UserId } from '../../protocol/ids.ts'
import type { Actor } from '../audit/actor.ts'
import { eraseFromAudit } from '../audit/erase.ts'
import { record } from '../audit/record.ts'
import { endAccess } from '../handed-out/end-access.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import { withdrawAll } from '../requests/withdraw.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { holdName } from './former-names.ts'
import { noteMembersChanged } from './members.ts'
import { knownUser } from './users.ts'

const OF_A_PERSON = [
  'tokens',
  'enrolments',
  'unenrolled',
  'moves',
  'unconfirmed',
  'unreachable',
  'sign_ins',
  'entra_visits',
  'mails',
  'group_members',
  'user_words',
  'throttles',
  'notices',
  'recovery_codes',
  'notice_addresses',
  'address_news',
  'account_sessions',
  'site_visits',
  'site_sessions',
  'signs',
  'temporary_passcodes',
] as const

/** What asks as them ends first, and whoever waits is told. @throws {Problem} unknown-user */
export async function removeUser(needs: SettleNeeds, id: UserId, by: Actor): Promise<void> {
  const { store, clock } = needs
  const { username_key } = await knownUser(store.read, id)
  const devices = await devicesOfNobodyElse(store, id)
  await withdrawAll(needs, id, async (tx) => {
    await endAccess(tx, needs, { user: id })
    await eraseRequests(tx, id)
    await eraseRecords(tx, id)
    await tx.updateTable('reports').set({ notes: '[]' }).where('user_id', '=', id).execute()
    await forgetDevices(tx, devices)
    await noteLeft(tx, id, clock.now())
    for (const table of OF_A_PERSON) await tx.deleteFrom(table).where('user_id', '=', id).execute()
    await tx.deleteFrom('policy_versions').where('scope', '=', id).execute()
    await tx.deleteFrom('users').where('id', '=', id).execute()
    await holdName(tx, { username_key, user: id }, clock.now())
    await record(tx, { at: clock.now(), kind: 'user-removed', user: id, by })
  })
}

/** Groups are without them from now on. */
async function noteLeft(tx: Db, user: UserId, at: number): Promise<void> {
  const rows = await tx.selectFrom('group_members').select('group_id').where('user_id', '=', user).execute()
  await noteMembersChanged(
    tx,
    rows.map(({ group_id }) => group_id),
    at,
  )
}

/** A device can hold tokens of several people. */
async function devicesOfNobodyElse({ read }: Store, user: UserId): Promise<DeviceId[]> {
  const rows = await read
    .selectFrom('tokens as own')
    .select('own.device_id')
    .distinct()
    .where('own.user_id', '=', user)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('tokens as other')
            .select('other.id')
            .whereRef('other.device_id', '=', 'own.device_id')
            .where('other.user_id', '!=', user),
        ),
      ),
    )
    .execute()
  return rows.map(({ device_id }) => device_id)
}

/** Who, where from and what about; that there was a request, when, and how it ended stays. */
async function eraseRequests(tx: Db, user: UserId): Promise<void> {
  const ofUser = tx.selectFrom('tokens').select('device_id').where('user_id', '=', user)
  await tx
    .updateTable('decisions')
    .set({ binding: '' })
    .where('device_id', 'in', ofUser)
    .where('request_id', 'in', tx.selectFrom('login_requests').select('id').where('user_id', '=', user))
    .execute()
  await tx.updateTable('login_requests').set({ username: '', context: '{}' }).where('user_id', '=', user).execute()
}

async function eraseRecords(tx: Db, user: UserId): Promise<void> {
  await eraseFromAudit(tx, user)
  await tx.updateTable('security_events').set({ detail: '{}' }).where('user_id', '=', user).execute()
}

async function forgetDevices(tx: Db, devices: readonly DeviceId[]): Promise<void> {
  if (devices.length === 0) return
  for (const table of ['subscriptions', 'outbox', 'used_proofs'] as const)
    await tx.deleteFrom(table).where('device_id', 'in', devices).execute()
  await tx.deleteFrom('devices').where('id', 'in', devices).execute()
}

// The queries of one-time links.
import type { OperatorId } from '../../protocol/ids.ts'
import type { OperatorInvitationsTable } from '../store/operator-tables.ts'
import type { Db } from '../store/schema.ts'

export type InvitationRow = OperatorInvitationsTable

export async function insertInvitation(tx: Db, invitation: InvitationRow): Promise<void> {
  await tx.insertInto('operator_invitations').values(invitation).execute()
}

export function invitationByHash(db: Db, hash: string): Promise<InvitationRow | undefined> {
  return db.selectFrom('operator_invitations').selectAll().where('hash', '=', hash).executeTakeFirst()
}

export function openInvitations(db: Db, now: number): Promise<InvitationRow[]> {
  return db
    .selectFrom('operator_invitations')
    .selectAll()
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .execute()
}

/** @returns false where it was used before, or is over */
export async function useInvitation(tx: Db, hash: string, now: number): Promise<boolean> {
  const result = await tx
    .updateTable('operator_invitations')
    .set({ used_at: now })
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n
}

/** Takes back every link of this operator that nobody used. */
export async function withdrawInvitations(tx: Db, operator: OperatorId): Promise<void> {
  await tx.deleteFrom('operator_invitations').where('operator_id', '=', operator).where('used_at', 'is', null).execute()
}

/** Takes back every link, first or new, that nobody used yet of those that these made. @returns how many */
export async function withdrawInvitationsBy(tx: Db, makers: readonly string[]): Promise<number> {
  const withdrawn = await tx
    .deleteFrom('operator_invitations')
    .where('made_by', 'in', makers)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(withdrawn.numDeletedRows)
}

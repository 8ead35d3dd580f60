// Somebody moves to a new device: the old one goes when the new one can approve, so that nobody is locked out between.
import type { DeviceId, EnrolmentId, TokenId, UserId } from '../../protocol/ids.ts'
import type { TellNeeds } from '../notices/news.ts'
import type { Db } from '../store/schema.ts'
import type { Announce } from '../store/store.ts'
import { takeHoldings } from './tokens.ts'

type Move = { user: UserId; device: DeviceId; enrolment: EnrolmentId }

export async function insertMove(tx: Db, { user, device, enrolment }: Move): Promise<void> {
  await tx
    .insertInto('moves')
    .values({ enrolment_id: enrolment, user_id: user, device_id: device, token_id: null })
    .execute()
}

/** A link took the place of another: what that one was for is what this one is for. */
export async function handOnMove(tx: Db, from: EnrolmentId, to: EnrolmentId): Promise<void> {
  await tx.updateTable('moves').set({ enrolment_id: to }).where('enrolment_id', '=', from).execute()
}

/** The link became this token, which may have to wait until somebody confirms it. */
export async function noteMoved(tx: Db, enrolment: EnrolmentId, token: TokenId): Promise<void> {
  await tx.updateTable('moves').set({ token_id: token }).where('enrolment_id', '=', enrolment).execute()
}

/**
 * This token can approve now: the device that it was made for goes. Where both are on one device, only the tokens that
 * were there before go.
 * @returns the device that has gone
 */
export async function finishMove(
  tx: Db,
  needs: TellNeeds & { announce: Announce },
  token: TokenId,
): Promise<DeviceId | undefined> {
  const move = await tx.deleteFrom('moves').where('token_id', '=', token).returningAll().executeTakeFirst()
  if (!move) return undefined
  await takeHoldings(tx, needs, { user: move.user_id, device: move.device_id, spared: token, by: 'move' })
  return move.device_id
}

/** Which device each of these links is to replace. */
export async function movesOf(db: Db, enrolments: readonly EnrolmentId[]): Promise<Map<EnrolmentId, Replaced>> {
  if (enrolments.length === 0) return new Map()
  const rows = await db
    .selectFrom('moves')
    .innerJoin('devices', 'devices.id', 'moves.device_id')
    .select(['moves.enrolment_id', 'devices.id', 'devices.name'])
    .where('moves.enrolment_id', 'in', enrolments)
    .execute()
  return new Map(rows.map(({ enrolment_id, id, name }) => [enrolment_id, { id, name }]))
}

type Replaced = { id: DeviceId; name: string }

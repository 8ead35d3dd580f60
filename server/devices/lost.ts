// A device is lost: it approves nothing from this moment on, and what asks as its people ends with it.
import type { DeviceId, TokenId, UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { holdSession } from '../handed-out/held-session.ts'
import type { TellNeeds } from '../notices/news.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import { withdrawAll, withdrawAllOf } from '../requests/withdraw.ts'
import { holdersOf, tokenRow } from './token-rows.ts'
import { type Revoker, takeDevice, takeHoldings, takeOne } from './tokens.ts'

type Needs = SettleNeeds & TellNeeds

/**
 * What one person holds on it. One transaction.
 * @param lost.session of the account page, where it is said
 * @throws {Problem} unauthenticated where that was ended meanwhile; unknown-token where it holds none of this person's
 */
export async function loseDevice(
  needs: Needs,
  { user, device, session }: { user: UserId; device: DeviceId; session: string },
): Promise<void> {
  await withdrawAll(needs, user, async (tx, announce) => {
    await holdSession(tx, { id: session })
    const taken = await takeHoldings(tx, { ...needs, announce }, { user, device, by: 'user' })
    if (!taken) throw new Problem('unknown-token')
  })
}

/** With everybody's tokens on it. One transaction. @throws {Problem} unknown-device */
export async function removeDevice(needs: Needs, asked: { device: DeviceId; by: Revoker }): Promise<void> {
  await withdrawAllOf(needs, await holdersOf(needs.store.read, asked.device), (tx, announce) =>
    takeDevice(tx, { ...needs, announce }, asked),
  )
}

/** One token of it. Taking away twice is taking away once. One transaction. @throws {Problem} unknown-token */
export async function revokeToken(needs: Needs, { token, by }: { token: TokenId; by: Revoker }): Promise<void> {
  const row = await tokenRow(needs.store.read, token)
  if (!row) throw new Problem('unknown-token')
  if (row.state === 'revoked') return
  await withdrawAll(needs, row.user_id, (tx, announce) => takeOne(tx, { ...needs, announce }, row, by))
}

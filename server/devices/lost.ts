// A device is lost: it approves nothing from this moment on, and what asks as its people ends with it.
import type { DeviceId, UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { TellNeeds } from '../notices/news.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import { withdrawAll, withdrawAllOf } from '../requests/withdraw.ts'
import { holdersOf } from './rows.ts'
import { type Revoker, takeDevice, takeHoldings } from './tokens.ts'

type Needs = SettleNeeds & TellNeeds

/** What one person holds on it. One transaction. @throws {Problem} unknown-token where it holds none of this person's */
export async function loseDevice(needs: Needs, user: UserId, device: DeviceId): Promise<void> {
  await withdrawAll(needs, user, async (tx, announce) => {
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

// A device is lost: it approves nothing from this moment on, and what asks as its person ends with it.
import type { DeviceId, UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { TellNeeds } from '../notices/news.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import { withdrawAll } from '../requests/withdraw.ts'
import { takeHoldings } from './tokens.ts'

/** One transaction. @throws {Problem} unknown-token where it holds none of this person's */
export async function loseDevice(needs: SettleNeeds & TellNeeds, user: UserId, device: DeviceId): Promise<void> {
  await withdrawAll(needs, user, async (tx, announce) => {
    const taken = await takeHoldings(tx, { ...needs, announce }, { user, device, by: 'user' })
    if (!taken) throw new Problem('unknown-token')
  })
}

// Nobody is asked any longer on behalf of an address that was blocked: what comes of it would be refused in any case.
import type { RequestId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { cancelRequest } from './cancel.ts'
import type { DeviceContext } from './context.ts'
import { pendingContexts, requestRow } from './rows.ts'
import type { SettleNeeds } from './settle.ts'

/** So many share a commit. */
const BATCH = 200

/** Only where whoever made the request said from where it comes. @param isThere given an address as it is written there */
export async function cancelFrom(needs: SettleNeeds, isThere: (ip: string) => boolean): Promise<void> {
  const pending = await pendingContexts(needs.store.read, needs.clock.now())
  const from = pending.filter(({ context }) => {
    const { ip } = JSON.parse(context) as DeviceContext
    return ip !== undefined && isThere(ip)
  })
  const faults: unknown[] = []
  for (let n = 0; n < from.length; n += BATCH)
    await Promise.all(
      from.slice(n, n + BATCH).map(({ id }) => unlessSettled(needs, id).catch((fault) => faults.push(fault))),
    )
  // Told when all the others have ended.
  if (faults.length > 0) throw faults[0]
}

async function unlessSettled(needs: SettleNeeds, id: RequestId): Promise<void> {
  const row = await requestRow(needs.store.read, id)
  if (!row) return
  await cancelRequest(needs, row).catch((error: unknown) => {
    if (!(error instanceof Problem && error.slug === 'already-settled')) throw error
  })
}

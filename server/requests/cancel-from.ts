// Nobody is asked any longer on behalf of an address that was blocked: what comes of it would be refused in any case.
import type { Actor } from '../audit/actor.ts'
import type { Logger } from '../log.ts'
import { within } from '../watching/blocks.ts'
import type { DeviceContext } from '../whereabouts/context.ts'
import { dropRequest, unlessSettled } from './cancel.ts'
import { pendingContexts } from './rows.ts'
import type { SettleNeeds } from './settle.ts'

type Needs = SettleNeeds & { log: Pick<Logger, 'error'> }

/** So many share a commit. */
const BATCH = 200

/**
 * Only where whoever made the request said from where it comes. The block holds already: a request that can’t be
 * cancelled is told in the log, and keeps no other from it.
 * @param address or network, as it is blocked
 */
export async function cancelFrom(needs: Needs, { address }: { address: string }, by: Actor): Promise<void> {
  const isThere = within(address)
  const because = { by, detail: { blocked: address } }
  const told = (fault: unknown) => needs.log.error({ err: fault, blocked: address }, 'a request could not be cancelled')
  const pending = await pendingContexts(needs.store.read, needs.clock.now()).catch((fault) => void told(fault))
  const from = (pending ?? []).filter(({ context }) => {
    const { ip } = JSON.parse(context) as DeviceContext
    return ip !== undefined && isThere(ip)
  })
  for (let n = 0; n < from.length; n += BATCH)
    await Promise.all(
      from.slice(n, n + BATCH).map((which) => unlessSettled(dropRequest(needs, which, because)).catch(told)),
    )
}

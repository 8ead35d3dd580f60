// A request ended without this device's doing.
import type { RequestId } from '../../protocol/ids.ts'
import type { RequestState } from '../../protocol/login-request.ts'
import type { Device } from './device.ts'
import { rememberDecision } from './recent.ts'
import type { Change } from './store.ts'

/** A denial anywhere calls for caution here too. */
export async function noteSettled(
  { store, clock }: Pick<Device, 'store' | 'clock'>,
  { id, state }: { id: RequestId; state: RequestState },
): Promise<void> {
  const request = await store.get('requests', id)
  const denied = request && state === 'denied'
  const remembered: Change[] = denied
    ? await rememberDecision(store, { request, verdict: 'deny', at: clock.now(), elsewhere: true })
    : []
  await store.write({ drop: 'requests', key: id }, ...remembered)
}

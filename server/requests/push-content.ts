// What a push says about a request at the moment it is sent; nothing, where there is nothing left to say.

import type { DeviceId, RequestId } from '../../protocol/ids.ts'
import type { PushDocument } from '../../protocol/push-message.ts'
import { type OnDeviceNeeds, pendingCount } from './on-device.ts'
import { loginRequestPush, settledPush } from './push-document.ts'
import { requestRow, targetOn } from './rows.ts'
import { asOf } from './state.ts'
import { deviceView } from './views.ts'

export async function requestPush(
  needs: OnDeviceNeeds & { appOrigin: string },
  job: { kind: 'login-request' | 'settled'; device: DeviceId; request: RequestId },
): Promise<PushDocument | undefined> {
  const stored = await requestRow(needs.store.read, job.request)
  const row = stored && asOf(stored, needs.clock.now())
  const target = row && targetOn(row, job.device)
  if (!row || !target) return undefined
  const badge = await pendingCount(needs, job.device)
  if (job.kind === 'settled') return settledPush(needs.appOrigin, { id: row.id, state: row.state }, badge)
  return row.state === 'pending' ? loginRequestPush(needs.appOrigin, deviceView(row, target), badge) : undefined
}

// What a push says at the moment it is sent; nothing, where there is nothing left to say.
import type { DeviceId, RequestId } from '../../protocol/ids.ts'
import type { PushDocument } from '../../protocol/push-message.ts'
import { type OnDeviceNeeds, pendingCount } from './on-device.ts'
import { loginRequestPush, settledPush, testPush } from './push-document.ts'
import { requestRow, targetOn } from './rows.ts'
import { asOf } from './state.ts'
import { deviceView } from './views.ts'

export type PushSubject = {
  kind: 'login-request' | 'settled' | 'test'
  device_id: DeviceId
  request_id: RequestId | null
}

export function pushContent(needs: OnDeviceNeeds & { appOrigin: string }) {
  const { store, clock, appOrigin } = needs
  return async ({ kind, device_id, request_id }: PushSubject): Promise<PushDocument | undefined> => {
    const badge = await pendingCount(needs, device_id)
    if (kind === 'test' || request_id === null) return testPush(appOrigin, badge)
    const stored = await requestRow(store.read, request_id)
    const row = stored && asOf(stored, clock.now())
    const target = row && targetOn(row, device_id)
    if (!row || !target) return undefined
    if (kind === 'settled') return settledPush(appOrigin, { id: row.id, state: row.state }, badge)
    return row.state === 'pending' ? loginRequestPush(appOrigin, deviceView(row, target), badge) : undefined
  }
}

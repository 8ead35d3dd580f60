// What a push says at the moment it is sent; nothing, where there is nothing left to say.
import type { DeviceId, NoticeId, RequestId } from '../../protocol/ids.ts'
import type { PushDocument } from '../../protocol/push-message.ts'
import type { PushJob } from '../push/outbox.ts'
import { requestRow, targetOn } from '../requests/rows.ts'
import { asOf } from '../requests/state.ts'
import { noticeContent } from './notices.ts'
import { loginRequestPush, settledPush, testPush } from './push-document.ts'
import { type OnDeviceNeeds, pendingOnDevice } from './requests.ts'

export type PushSubject = {
  kind: PushJob['kind']
  device_id: DeviceId
  request_id: RequestId | null
  notice_id?: NoticeId | null
}

export function pushContent(needs: OnDeviceNeeds & { appOrigin: string }) {
  const { store, clock, appOrigin } = needs
  const ofNotice = noticeContent(needs)
  return async ({
    kind,
    device_id: device,
    request_id: id,
    notice_id,
  }: PushSubject): Promise<PushDocument | undefined> => {
    if (kind === 'notice') return notice_id ? ofNotice(device, notice_id) : undefined
    const pending = await pendingOnDevice(needs, device)
    if (kind === 'test' || id === null) return testPush(appOrigin, pending.length)
    if (kind === 'login-request') {
      const request = pending.find((one) => one.id === id)
      return request && loginRequestPush(appOrigin, request, pending.length)
    }
    const row = await requestRow(store.read, id)
    if (!row || !targetOn(row, device)) return undefined
    return settledPush(appOrigin, { id, state: asOf(row, clock.now()).state }, pending.length)
  }
}

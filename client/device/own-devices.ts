// All devices of the people whose tokens this one holds, and what they were told about their accounts.
import { type FurtherDevice, furtherDevice, type OwnDevice, ownDevices } from '../../protocol/device-api.ts'
import type { DeviceId, NoticeId, TokenId } from '../../protocol/ids.ts'
import { type Notice, notices } from '../../protocol/notices.ts'
import type { Device } from './device.ts'

type With = Pick<Device, 'api'>
/** A passcode of this token, made at this moment. */
type Fresh = { token: TokenId; passcode: string }

/** This one first. */
export async function listDevices({ api }: With): Promise<OwnDevice[]> {
  return (await api.ask(ownDevices, { method: 'GET', path: '/devices' })).devices
}

export function addDevice({ api }: With, fresh: Fresh): Promise<FurtherDevice> {
  return api.ask(furtherDevice, { method: 'POST', path: '/enrolments', json: fresh })
}

export function removeDevice({ api }: With, id: DeviceId, fresh: Fresh): Promise<void> {
  return api.tell({ method: 'POST', path: `/devices/${id}/remove`, json: fresh })
}

/** Newest first. */
export async function listNotices({ api }: With): Promise<Notice[]> {
  return (await api.ask(notices, { method: 'GET', path: '/notices' })).notices
}

/** 'It wasn't me!' */
export function reportNotice({ api }: With, id: NoticeId): Promise<void> {
  return api.tell({ method: 'POST', path: `/notices/${id}/report`, json: {} })
}

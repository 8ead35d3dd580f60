// A notice about somebody's account was pressed: what was added can be taken away here, and the app never opens.
import { DeviceError } from '../client/device/index.ts'
import { reportNotice } from '../client/device/own-devices.ts'
import type { NoticeId } from '../protocol/ids.ts'
import { t } from '../words/notifications.ts'
import { isBadDay } from './if-possible.ts'
import { showNotice } from './tray.ts'
import { openApp, openDevices, tellWindows } from './windows.ts'
import type { Worker } from './worker.ts'

/** @param id absent where nothing can be done about it */
export async function answerNotice(
  worker: Worker,
  notification: Pick<Notification, 'close'>,
  id: NoticeId | undefined,
  action: string,
): Promise<void> {
  if (id !== undefined && action === 'report') return report(worker, id)
  notification.close()
  await (id === undefined ? openApp(worker) : openDevices(worker))
}

async function report(worker: Worker, id: NoticeId): Promise<void> {
  try {
    await reportNotice(await worker.device(), id)
    await say(worker, id, { title: t('notices.reported'), body: '' })
  } catch (error) {
    if (!isBadDay(error)) throw error
    // Kept where it is, to be pressed again, unless the server has said that it is of no use.
    const isOver = error instanceof DeviceError
    const body = isOver ? error.message : t('notices.notSent.body')
    await say(worker, id, { title: t('notices.notSent'), body, reportable: !isOver })
  }
  await tellWindows(worker, { type: 'notices-changed' })
}

function say(
  { registration }: Worker,
  id: NoticeId,
  { reportable = false, ...said }: { title: string; body: string; reportable?: boolean },
): Promise<void> {
  return showNotice(registration, { ...said, id, reportable })
}

// A push has come. Whatever it is, something is shown, before anything is asked of the network: browsers take the
// subscription away from whoever is silent, and a person must not wait for a slow server.
import { type DeviceRequest, noteSettled, requestById, sendReceipt } from '../client/device/index.ts'
import type { RequestId } from '../protocol/ids.ts'
import type { RequestState } from '../protocol/login-request.ts'
import type { Notice } from '../protocol/notices.ts'
import { isReportable, noticeBody, noticeTitle, settledTitle } from '../words/notifications.ts'
import { updateBadge } from './badge.ts'
import { judge, withdrawApprove } from './caution.ts'
import { ifPossible } from './if-possible.ts'
import { type Declared, type Pushed, readPush } from './incoming.ts'
import { showBriefly, showDeclared, showNotice, showRequest, showTest, showUnknown } from './tray.ts'
import { tellWindows } from './windows.ts'
import type { Worker } from './worker.ts'

export async function show(worker: Worker, pushed: Pushed): Promise<void> {
  const incoming = readPush(pushed)
  if ('unknown' in incoming) return showUnknown(worker.registration)
  if ('declared' in incoming) return showAsDeclared(worker, incoming.declared)
  const { content, badge } = incoming
  if (content.kind === 'login-request') await showLoginRequest(worker, content.request)
  else if (content.kind === 'settled') await showSettled(worker, content.request)
  else if (content.kind === 'notice') await showTold(worker, content.notice)
  else await showTestPush(worker)
  await updateBadge(worker, badge)
}

async function showLoginRequest(worker: Worker, request: DeviceRequest): Promise<void> {
  const judging = judge(worker, request)
  // Whatever is wrong with us, the request is shown; a defect is heard of afterwards.
  const cautious = await judging.catch(() => true)
  await showRequest(worker.registration, request, { cautious })
  await judging
  if (cautious) await withdrawApprove(worker, request)
  await afterShowing(worker, request.id)
}

async function afterShowing(worker: Worker, id: RequestId): Promise<void> {
  await tellWindows(worker, { type: 'requests-changed' })
  await ifPossible(async () => sendReceipt(await worker.device(), id, 'shown'))
}

async function showSettled(worker: Worker, settled: { id: RequestId; state: RequestState }): Promise<void> {
  // Not awaited to its end: a push whose notification is gone when its event ends counts as one that showed nothing.
  await showBriefly(worker, { title: settledTitle(settled.state), id: settled.id })
  await ifPossible(async () => noteSettled(await worker.device(), settled))
  await tellWindows(worker, { type: 'requests-changed' })
}

async function showTold(worker: Worker, notice: Notice): Promise<void> {
  const said = { title: noticeTitle(notice), body: noticeBody(notice), id: notice.id }
  await showNotice(worker.registration, { ...said, reportable: isReportable(notice) })
  await tellWindows(worker, { type: 'notices-changed' })
}

async function showTestPush(worker: Worker): Promise<void> {
  await showTest(worker.registration)
  await tellWindows(worker, { type: 'test-shown' })
}

/** Shown as the push itself would be; what it is about is fetched afterwards. */
async function showAsDeclared(worker: Worker, { title, body, data }: Declared): Promise<void> {
  if (data.kind === 'test') return showTestPush(worker)
  if (data.kind === 'notice') return showNotice(worker.registration, { title, body, id: data.id, reportable: true })
  if (data.kind === 'settled') await showBriefly(worker, { title, body, id: data.id })
  else await showDeclared(worker.registration, { title, body, id: data.id })
  if (data.kind === 'login-request') {
    await ifPossible(async () => requestById(await worker.device(), data.id))
    await afterShowing(worker, data.id)
  } else await tellWindows(worker, { type: 'requests-changed' })
}

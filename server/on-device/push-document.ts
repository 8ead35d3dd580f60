// Pushes as Declarative Web Push documents: readable by a browser that runs no worker, too.
import type { DeviceRequest } from '../../protocol/device-api.ts'
import type { RequestId } from '../../protocol/ids.ts'
import type { RequestState } from '../../protocol/login-request.ts'
import type { Notice } from '../../protocol/notices.ts'
import type { PushContent, PushDocument } from '../../protocol/push-message.ts'
import {
  noticeBody,
  noticeTitle,
  requestBody,
  requestTitle,
  settledTitle,
  testTitle,
} from '../../words/notifications.ts'

type Shown = { title: string; body: string; path: string; tag: string }

export function loginRequestPush(appOrigin: string, request: DeviceRequest, badge: number): PushDocument {
  const shown = {
    title: requestTitle(request),
    body: requestBody(request),
    path: `/requests/${request.id}`,
    tag: request.id,
  }
  return document(appOrigin, shown, badge, { v: 1, kind: 'login-request', request })
}

export function settledPush(
  appOrigin: string,
  request: { id: RequestId; state: RequestState },
  badge: number,
): PushDocument {
  const shown = { title: settledTitle(request.state), body: '', path: `/requests/${request.id}`, tag: request.id }
  return document(appOrigin, shown, badge, { v: 1, kind: 'settled', request })
}

export function noticePush(appOrigin: string, notice: Notice, badge: number): PushDocument {
  const shown = { title: noticeTitle(notice), body: noticeBody(notice), path: '/devices', tag: notice.id }
  return document(appOrigin, shown, badge, { v: 1, kind: 'notice', notice })
}

export function testPush(appOrigin: string, badge: number): PushDocument {
  return document(appOrigin, { title: testTitle(), body: '', path: '/', tag: 'test' }, badge, { v: 1, kind: 'test' })
}

function document(appOrigin: string, shown: Shown, badge: number, content: PushContent): PushDocument {
  return {
    web_push: 8030,
    mutable: true,
    app_badge: badge,
    notification: {
      title: shown.title,
      body: shown.body,
      navigate: appOrigin + shown.path,
      tag: shown.tag,
      lang: 'en',
      dir: 'auto',
      silent: false,
      mutable: true,
      app_badge: badge,
      data: { v: 1, kind: content.kind, id: shown.tag },
    },
    countersign: content,
  }
}

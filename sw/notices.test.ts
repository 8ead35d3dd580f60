import { expect, test } from 'vitest'
import { json, OFFLINE, problem } from '../test/support/device/fake-server.ts'
import { type Around, aWindow, aWorker } from '../test/support/device/worker-around.ts'
import { answer } from './answer.ts'
import { show } from './show.ts'

const id = `ntc_${'0'.repeat(26)}`
const notice = {
  id,
  kind: 'device-added',
  username: 'alice',
  at: '2026-01-01T00:00:00.000Z',
  device: { id: `dev_${'0'.repeat(26)}`, name: 'Pixel 9' },
  reportableUntil: '2026-01-02T00:00:00.000Z',
  reportedAt: null,
}
const pushed = (about: unknown) => ({
  data: { text: () => JSON.stringify({ countersign: { v: 1, kind: 'notice', notice: about } }) },
})

async function shown(about: unknown = notice): Promise<Around> {
  const around = await aWorker()
  await show(around.worker, pushed(about))
  return around
}

function press({ worker, tray }: Around, action: string): Promise<void> {
  const [notification] = tray
  if (!notification) throw new Error('nothing is shown')
  return answer(worker, notification as never, action)
}

test('a device that was added is told with a way to undo it', async () => {
  const around = await shown()
  expect(around.tray).toMatchObject([{ title: 'Pixel 9 was added for alice', tag: id, actions: ['report'] }])
})

test('a device that was taken away is told so, with nothing to press that it can’t do any more', async () => {
  const around = await shown({ ...notice, kind: 'device-removed', reportableUntil: notice.at })
  expect(around.tray).toMatchObject([{ title: 'Pixel 9 was removed for alice', tag: id, actions: [] }])
})

test('a kind that only a later server knows is told in general words', async () => {
  const around = await shown({ ...notice, kind: 'moved-to-mars', device: null })
  expect(around.tray).toMatchObject([
    { title: 'Something was changed about the account of alice', actions: ['report'] },
  ])
})

test('‘It wasn’t me!’ is sent by the worker, and the app never opens', async () => {
  const around = await shown()
  around.windows.push(aWindow('/devices'))
  around.server.answers(new Response(null, { status: 204 }))
  await press(around, 'report')
  expect(around.server.asked).toMatchObject([{ method: 'POST', path: `/device/v1/notices/${id}/report` }])
  expect(around.tray).toMatchObject([{ title: 'Reported. Your organisation is warned.', tag: id, actions: [] }])
  expect([around.opened, around.windows[0]?.told]).toEqual([[], [{ type: 'notices-changed' }]])
})

test('a report that nobody answered stays to be pressed again; one that is refused does not', async () => {
  const around = await shown()
  around.server.answers(OFFLINE)
  await press(around, 'report')
  expect(around.tray).toMatchObject([{ title: 'Your report could not be sent', actions: ['report'] }])
  around.server.answers(problem('too-late-to-report', 409))
  await press(around, 'report')
  expect(around.tray).toMatchObject([{ title: 'Your report could not be sent', actions: [] }])
})

test('a press on it opens the devices', async () => {
  const around = await shown()
  await press(around, '')
  expect([around.opened, around.tray]).toEqual([['/devices'], []])
})

test('where a browser shows it by itself it can be reported all the same', async () => {
  const around = await aWorker()
  const notification = { title: 'Pixel 9 was added for alice', body: '', data: { v: 1, kind: 'notice', id } }
  await show(around.worker, { data: null, notification })
  around.server.answers(json({}, 200))
  await press(around, 'report')
  expect(around.server.asked).toMatchObject([{ path: `/device/v1/notices/${id}/report` }])
})

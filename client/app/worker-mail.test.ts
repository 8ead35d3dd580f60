import { expect, test } from 'vitest'
import { onMail, receiveMail } from './worker-mail.ts'

function container() {
  const target = new EventTarget()
  receiveMail(target as unknown as ServiceWorkerContainer)
  return (data: unknown) => target.dispatchEvent(Object.assign(new Event('message'), { data }))
}

test('what came before anybody listened is handed over, once', () => {
  const post = container()
  post({ type: 'requests-changed' })
  const first: unknown[] = []
  const second: unknown[] = []
  const deaf = onMail((message) => first.push(message))
  onMail((message) => second.push(message))
  expect([first, second]).toEqual([[{ type: 'requests-changed' }], []])
  post({ type: 'test-shown' })
  deaf()
  post({ type: 'subscription-changed' })
  expect(first).toEqual([{ type: 'requests-changed' }, { type: 'test-shown' }])
  expect(second).toEqual([{ type: 'test-shown' }, { type: 'subscription-changed' }])
})

test('what is not one of our messages is not handed on', () => {
  const post = container()
  const got: unknown[] = []
  onMail((message) => got.push(message))
  for (const data of [null, 'hello', { type: 'open-request', request: '../settings' }]) post(data)
  expect(got).toEqual([])
})

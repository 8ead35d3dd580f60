import { expect, it } from 'vitest'
import { takeWayOn } from './way-on.ts'

/** One holder at a time; each holds until its page is left. */
function browser() {
  const waiting: (() => unknown)[] = []
  let isHeld = false
  const next = () => {
    isHeld = waiting.length > 0
    void waiting.shift()?.()
  }
  const request = (_name: string, held: () => unknown) => {
    waiting.push(held)
    if (!isHeld) next()
    return new Promise(() => {})
  }
  return { locks: { request } as unknown as Pick<LockManager, 'request'>, leave: next }
}

it('a second tab waits until the first has left', async () => {
  const { locks, leave } = browser()
  const gone: string[] = []
  const first = takeWayOn('sign-in', locks).then(() => gone.push('first'))
  const second = takeWayOn('sign-in', locks).then(() => gone.push('second'))
  await first
  expect(gone).toEqual(['first'])
  leave()
  await second
  expect(gone).toEqual(['first', 'second'])
})

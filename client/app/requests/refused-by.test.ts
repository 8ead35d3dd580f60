import { expect, it } from 'vitest'
import { refusedBy } from './refused-by.ts'

const document = (members: Record<string, unknown>) => ({ type: '', title: '', status: 409, ...members })

it('reads how many tries are left', () => {
  expect(refusedBy({ slug: 'wrong-passcode', document: document({ triesLeft: 2 }) }, true)).toEqual({
    type: 'refused',
    slug: 'wrong-passcode',
    numbered: true,
    triesLeft: 2,
  })
})

it('reads the state that won', () => {
  const { settled } = refusedBy(
    { slug: 'already-settled', document: document({ state: 'denied', reason: 'not_me' }) },
    false,
  ) as { settled?: unknown }
  expect(settled).toEqual({ state: 'denied', reason: 'not_me' })
})

it('does not take what it does not know for a state', () => {
  const event = refusedBy(
    { slug: 'already-settled', document: document({ state: 'dancing', triesLeft: 'many' }) },
    false,
  )
  expect(event).toEqual({ type: 'refused', slug: 'already-settled', numbered: false })
})

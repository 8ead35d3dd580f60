import { expect, test } from 'vitest'
import { requestBody, requestTitle, settledTitle } from './notifications.ts'

const request = {
  purpose: 'sign-in' as const,
  username: 'alice',
  application: { name: 'Harbour' },
  context: { location: 'Rotterdam, Netherlands', client: 'Chrome on Windows', ip: '203.0.113.7' } as Record<
    string,
    unknown
  >,
}

test('a request says who asks, as whom, from where and with what', () => {
  expect(requestTitle(request)).toBe('Sign in to Harbour?')
  expect(requestBody(request)).toBe('alice · near Rotterdam · Chrome on Windows')
})

test('what is not known is left out', () => {
  expect(requestBody({ ...request, context: {} })).toBe('alice')
  expect(requestBody({ ...request, context: { location: '', client: { toString: 'x' } } })).toBe('alice')
})

test('a place that is new comes first', () => {
  expect(requestBody({ ...request, context: { notice: 'new-place' } })).toBe('New place for you · alice')
})

test('a call to the help desk does not look like a sign-in', () => {
  const call = { ...request, purpose: 'verify-caller' as const, context: {} }
  expect(requestTitle(call)).toBe('Are you talking to Harbour’s help desk?')
  expect(requestBody(call)).toBe('This signs nobody in. · alice')
})

test('a name written from right to left is isolated, so that it cannot turn the question around', () => {
  expect(requestTitle({ ...request, application: { name: 'מרסה' } })).toBe('Sign in to \u2068מרסה\u2069?')
})

test('an end is told by its state', () => {
  expect(settledTitle('approved')).toBe('Answered on another device')
  expect(settledTitle('denied')).toBe('Answered on another device')
  expect(settledTitle('expired')).toBe('Expired, nothing was approved')
  expect(settledTitle('cancelled')).toBe('The sign-in page cancelled this')
})

import { expect, it } from 'vitest'
import type { SignInView } from '../../protocol/login-api.ts'
import type { RequestEnd } from './request-end.ts'
import { tabTitle } from './tab-title.ts'

const title = (step: SignInView['step'], end?: RequestEnd) =>
  tabTitle({ step, application: 'Harbour' } as SignInView, end)

it('the tab says how far the sign-in is, and to what', () => {
  expect(title('password')).toBe('Sign in to Harbour')
  expect(title('confirm')).toBe('Confirm it’s you · Harbour')
  expect(title('waiting')).toBe('Answer on your device · Harbour')
  expect(title('signed-in')).toBe('Signed in · Harbour')
})

it('and how the request ended', () => {
  expect(title('waiting', 'expired')).toContain('No answer in time.')
  expect(title('waiting', 'denied')).toContain('denied')
})

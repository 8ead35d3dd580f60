import { expect, test } from 'vitest'
import { aWindow } from '../test/support/device/worker-around.ts'
import { isAppAddress } from './routes.ts'
import { mostSuitable } from './windows.ts'

const origin = 'https://app.example'

test.each([
  '/',
  '/?from=icon',
  '/enrol',
  '/requests/req_1',
  '/history',
  '/history?x',
  '/settings',
  '/tokens/tok_1',
  '/devices',
])('%s is the app’s', (path) => {
  expect(isAppAddress(origin + path)).toBe(true)
})

test.each([
  '/login',
  '/login/sign-in/1',
  '/oidc/auth?x=/requests/1',
  '/api/v1/login-requests',
  '/device/v1/requests/1',
  '/console',
  '/console/history',
  '/healthz',
  '/historyx',
  '/app/index.html',
  '/requests/1/2/3',
])('%s is not', (path) => {
  expect(isAppAddress(origin + path)).toBe(false)
})

test('of several windows: the one that shows it, else in use, else in sight, else used last', () => {
  const shows = aWindow('/requests/1')
  const used = aWindow('/', { focused: true, visibilityState: 'visible' })
  const seen = aWindow('/settings', { visibilityState: 'visible' })
  const last = aWindow('/history')
  const pick = (...windows: unknown[]) => mostSuitable(windows as WindowClient[], '/requests/1')
  expect(pick(last, seen, used, shows)).toBe(shows)
  expect(pick(last, seen, used)).toBe(used)
  expect(pick(last, seen)).toBe(seen)
  expect(pick(last, aWindow('/'))).toBe(last)
  expect(pick()).toBeUndefined()
})

import { expect, it } from 'vitest'
import { redirectUriFault } from './redirect-uri.ts'

it.each([
  'https://harbour.example/callback',
  'https://harbour.example:8443/callback?tenant=1',
  'http://localhost:4000/callback',
  'http://127.0.0.1:4000/callback',
  'http://[::1]:4000/callback',
])('takes %s', (uri) => {
  expect(redirectUriFault(uri)).toBeUndefined()
})

it.each([
  ['callback', 'is not a URL'],
  ['http://harbour.example/callback', 'must be https'],
  ['http://localhost.example/callback', 'must be https'],
  ['http://127.0.0.1.example/callback', 'must be https'],
  ['javascript:alert(1)', 'must be https'],
  ['https://harbour.example/callback#', 'must not have a fragment'],
  ['https://harbour.example/callback#code', 'must not have a fragment'],
  ['https://harbour.example@evil.example/', 'must not have user info'],
])('refuses %s: it %s', (uri, fault) => {
  expect(redirectUriFault(uri)).toContain(fault)
})

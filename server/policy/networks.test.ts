import { expect, it } from 'vitest'
import { isNetwork, isWithin } from './networks.ts'

it.each([
  ['192.0.2.7', ['192.0.2.0/24'], true],
  ['192.0.3.7', ['192.0.2.0/24'], false],
  ['::ffff:192.0.2.7', ['192.0.2.0/24'], true],
  ['2001:db8::1', ['192.0.2.0/24', '2001:db8::/32'], true],
  ['2001:db9::1', ['2001:db8::/32'], false],
  ['10.2.3.4', ['2001:db8::/32'], false],
  ['unknown', ['10.0.0.0/8'], false],
  ['192.0.2.7', [], false],
])('%s within %j: %s', (address, networks, expected) => {
  expect(isWithin(address, networks)).toBe(expected)
})

it.each([
  ['10.0.0.0/8', true],
  ['192.0.2.7/32', true],
  ['2001:db8::/32', true],
  ['10.0.0.0', false],
  ['10.0.0.0/33', false],
  ['10.0.0.0/7', false],
  ['0.0.0.0/0', false],
  ['::/0', false],
  ['harbour', false],
])('%s as a network: %s', (text, expected) => {
  expect(isNetwork(text)).toBe(expected)
})

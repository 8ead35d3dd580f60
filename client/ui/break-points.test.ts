import { expect, it } from 'vitest'
import { pieces } from './break-points.ts'

it.each([
  ['somebody@mail.example.org', ['somebody@', 'mail.', 'example.', 'org']],
  ['2001:db8:85a3::8a2e:370:7334', ['2001:', 'db8:', '85a3::', '8a2e:', '370:', '7334']],
  ['https://sso.example.org/cb?code=1', ['https://', 'sso.', 'example.', 'org/', 'cb?', 'code=', '1']],
  ['http://203.0.113.7:8080/app_1fqrraaeqp', ['http://', '203.0.113.7:', '8080/', 'app_1fqrraaeqp']],
  ['$upstream_http_x_user', ['$upstream_', 'http_', 'x_', 'user']],
])('a line may end within an address where its parts do: %s', (text, parts) => {
  expect(pieces(text)).toEqual(parts)
})

it.each(['192.168.200.250', 'Anne-Marie O’Neill', '27/11/2026, 03:04'])('what is short stays whole: %s', (text) => {
  expect(pieces(text).join('')).toBe(text)
  expect(pieces(text).filter((piece) => piece.trim() !== '')).toEqual(text.split(/\s+/))
})

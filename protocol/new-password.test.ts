import { expect, it } from 'vitest'
import { newPassword } from './account-api.ts'

const takes = (password: string) => newPassword.safeParse(password).success

it('a new password has eight characters at least, and a thousand of them are not too many', () => {
  expect([takes('1234567'), takes('x'.repeat(8)), takes('x'.repeat(64)), takes('x'.repeat(1024))]).toEqual([
    false,
    true,
    true,
    true,
  ])
})

it('nothing is asked of what it is made of: spaces, letters of one kind, of any script', () => {
  for (const password of [
    '        ',
    'abcdefgh',
    'ABCDEFGH',
    '83610275',
    '!!!!!!!!',
    'пароль и так',
    '東京タワーの夜景',
  ])
    expect(takes(password)).toBe(true)
})

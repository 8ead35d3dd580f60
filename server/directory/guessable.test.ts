import { describe, expect, it } from 'vitest'
import { isGuessable } from './guessable.ts'

const ABOUT = ['alice.example', 'Alice Example', 'Harbour Ltd']

describe('passwords that are easily guessed', () => {
  it.each([
    'password',
    'Password1',
    'P@ssw0rd!',
    'passwordpassword',
    '12345678',
    '87654321',
    'aaaaaaaa',
    'abababab',
    'abcabcabc1',
    'qwertzuiop',
    'Qwerty123',
    '1q2w3e4r',
    'iloveyou',
    'Summer2026!',
    '2026Winter',
    'alice.example',
    'aliceexample1',
    'Harbour2026',
    'harbouralice',
  ])('%j is one', (password) => {
    expect(isGuessable(password, ABOUT)).toBe(true)
  })

  it.each([
    'correct horse battery staple',
    'a longer one',
    'tr7-quiet-lamp',
    'malice in wonder',
    'passwords are odd',
    '83610275',
  ])('%j is none', (password) => {
    expect(isGuessable(password, ABOUT)).toBe(false)
  })

  it('what stands in a name of the account is one only there', () => {
    expect(isGuessable('rotterdam', ABOUT)).toBe(false)
    expect(isGuessable('Rotterdam1', [...ABOUT, 'Rotterdam Port'])).toBe(true)
  })
})

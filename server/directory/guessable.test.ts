import passwords from '@zxcvbn-ts/language-common/src/passwords.json' with { type: 'json' }
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
  ])('%j is one', async (password) => {
    expect(await isGuessable(password, ABOUT)).toBe(true)
  })

  it.each([
    'correct horse battery staple',
    'a longer one',
    'tr7-quiet-lamp',
    'malice in wonder',
    'passwords are odd',
    '83610275',
  ])('%j is none', async (password) => {
    expect(await isGuessable(password, ABOUT)).toBe(false)
  })

  it.each([
    ...['samantha', 'corvette', 'redskins', 'metallica', 'liverpool', 'snickers', 'champion', 'scorpion', 'panasonic'],
    ...['zaq12wsx', 'q1w2e3r4', '147258369', 'asdf1234', 'fuckyou2', 'babygirl', 'chelsea1', 'nascar88', 'westside'],
    ...['Samantha1!', 'C0rvette', 'Redskins2026'],
  ])('%j is one, as leaks have it', async (password) => {
    expect(await isGuessable(password, ABOUT)).toBe(true)
  })

  it('so are the ten thousand commonest of eight characters and more', async () => {
    const commonest = passwords.filter(({ length }) => length >= 8).slice(0, 10_000)
    expect(commonest.length).toBe(10_000)
    for (const password of commonest.filter((_, index) => index % 20 === 0))
      expect([password, await isGuessable(password, [])]).toEqual([password, true])
  })

  it('what stands in a name of the account is one only there', async () => {
    expect(await isGuessable('lindeborg', ABOUT)).toBe(false)
    expect(await isGuessable('Lindeborg1', [...ABOUT, 'Lindeborg Port'])).toBe(true)
  })
})

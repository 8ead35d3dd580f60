import { expect, it } from 'vitest'
import { random } from '../../test/support/enrolled.ts'
import { argon2Passwords } from './passwords.ts'

const CHEAP = { memoryCost: 8, timeCost: 1, parallelism: 1 }

it('uses argon2id with the cost that OWASP names, for the decoy too', async () => {
  const passwords = argon2Passwords(random)
  const parameters = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/
  expect(await passwords.hash('secret')).toMatch(parameters)
  expect(await passwords.decoy).toMatch(parameters)
})

it('salts: the same password never has the same hash twice', async () => {
  const passwords = argon2Passwords(random, CHEAP)
  expect(await passwords.hash('secret')).not.toBe(await passwords.hash('secret'))
})

it('takes a password however a keyboard composes its characters', async () => {
  const passwords = argon2Passwords(random, CHEAP)
  const hash = await passwords.hash('caf\u00e9')
  expect(await passwords.verify(hash, 'cafe\u0301')).toBe(true)
  expect(await passwords.verify(hash, 'cafe')).toBe(false)
})

it('looks at a long password whole', async () => {
  const passwords = argon2Passwords(random, CHEAP)
  const long = 'quiet lamp '.repeat(90)
  const hash = await passwords.hash(`${long}a`)
  expect(await passwords.verify(hash, `${long}a`)).toBe(true)
  for (const other of [`${long}b`, long, `${long}a `]) expect(await passwords.verify(hash, other)).toBe(false)
})

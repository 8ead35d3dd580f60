import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { cookieSignatures } from './cookie-signatures.ts'

const DATA = '__Host-countersign-session=abc'
const OLD = cookieSignatures(['old'])

it('signs as it was always signed', () => {
  expect(OLD.sign(DATA)).toBe(createHmac('sha1', 'old').update(DATA).digest('base64url'))
})

it('signs by the first key and believes each, and nothing else', () => {
  const keys = cookieSignatures(['new', 'old'])
  expect(keys.index(DATA, keys.sign(DATA))).toBe(0)
  expect(keys.index(DATA, OLD.sign(DATA))).toBe(1)
  expect(OLD.verify(DATA, keys.sign(DATA))).toBe(false)
  for (const wrong of ['', 'x', `${OLD.sign(DATA)}x`, OLD.sign(`${DATA}d`)]) expect(keys.index(DATA, wrong)).toBe(-1)
})

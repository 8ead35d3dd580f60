import { expect, test } from 'vitest'
import { storageError } from './database.ts'
import { StorageError } from './errors.ts'

test.each([
  ['QuotaExceededError', 'full'],
  ['NotFoundError', 'evicted'],
  ['UnknownError', 'unavailable'],
  ['SecurityError', 'unavailable'],
  ['VersionError', 'unavailable'],
  ['AbortError', 'unavailable'],
])('%s of the browser is told as %s', (name, fault) => {
  const cause = new DOMException('', name)
  const told = storageError(cause)
  expect(told).toBeInstanceOf(StorageError)
  expect(told).toMatchObject({ fault, cause })
})

test('a defect of ours is not dressed up as the browser’s', () => {
  for (const defect of [new TypeError('ours'), new DOMException('', 'DataCloneError')])
    expect(storageError(defect)).toBe(defect)
})

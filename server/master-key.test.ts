import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { masterKeyFile, masterKeyOf } from './master-key.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-key-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const fromFile = (dataFolder = folder) => masterKeyOf({ masterKey: undefined, dataFolder }, random)

it('is made once, for its owner alone, and found again', () => {
  const data = join(folder, 'data')
  const made = fromFile(data)
  expect(made).toHaveLength(32)
  expect(statSync(masterKeyFile(data)).mode & 0o777).toBe(0o600)
  expect(readdirSync(data)).toEqual(['master.key'])
  expect(fromFile(data)).toEqual(made)
})

it('of two processes that start together is the one that came first', () => {
  const winner = new Uint8Array(32).fill(7)
  const slow = (length: number) => {
    writeFileSync(masterKeyFile(folder), Buffer.from(winner).toString('base64url'), { mode: 0o600 })
    return random(length)
  }
  expect(masterKeyOf({ masterKey: undefined, dataFolder: folder }, slow)).toEqual(winner)
})

it('from the environment leaves no file', () => {
  const masterKey = random(32)
  expect(masterKeyOf({ masterKey, dataFolder: folder }, random)).toBe(masterKey)
  expect(readdirSync(folder)).toEqual([])
})

it('that others can read is refused with the way to mend it', () => {
  fromFile()
  chmodSync(masterKeyFile(folder), 0o640)
  expect(() => fromFile()).toThrow(`chmod 600 ${masterKeyFile(folder)}`)
})

it('that is damaged is refused, not replaced, and not repeated', () => {
  writeFileSync(masterKeyFile(folder), 'secret-but-short', { mode: 0o600 })
  expect(() => fromFile()).toThrow(/^(?!.*secret-but-short).*holds no master key/)
  expect(readFileSync(masterKeyFile(folder), 'utf8')).toBe('secret-but-short')
})

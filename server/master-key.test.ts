import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { addMasterKey, dropFormerMasterKeys, masterKeyFile, masterKeysOf } from './master-key.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-key-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const fromFile = (dataFolder = folder) => masterKeysOf({ masterKeys: undefined, dataFolder }, random)

it('is made once, for its owner alone, and found again', () => {
  const data = join(folder, 'data')
  const made = fromFile(data)
  expect(made.map(({ length }) => length)).toEqual([32])
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
  expect(masterKeysOf({ masterKeys: undefined, dataFolder: folder }, slow)).toEqual([winner])
})

it('from the environment leaves no file', () => {
  const masterKeys = [random(32)]
  expect(masterKeysOf({ masterKeys, dataFolder: folder }, random)).toBe(masterKeys)
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

it('gets a new one in front while it is rotated, once, and loses the former at the end', () => {
  const source = { masterKeys: undefined, dataFolder: folder }
  const [former] = fromFile()
  addMasterKey(source, random)
  const [newest, ...others] = fromFile()
  expect(others).toEqual([former])
  addMasterKey(source, random)
  expect(fromFile()).toEqual([newest, former])
  dropFormerMasterKeys(source, random)
  expect(fromFile()).toEqual([newest])
  expect(statSync(masterKeyFile(folder)).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['master.key'])
})

it('from the environment is rotated by whoever sets it', () => {
  const [newest, former] = [random(32), random(32)]
  expect(() => addMasterKey({ masterKeys: [former], dataFolder: folder }, random)).toThrow('put a new one behind it')
  addMasterKey({ masterKeys: [newest, former], dataFolder: folder }, random)
  expect(dropFormerMasterKeys({ masterKeys: [newest, former], dataFolder: folder }, random)).toBe(false)
  expect(readdirSync(folder)).toEqual([])
})

// The key above all others: from the environment, or from a file that is made on the first start.
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { base64url, fromBase64url } from '../protocol/encoding.ts'
import type { RandomBytes } from '../protocol/ids.ts'
import { Problem } from '../protocol/problems.ts'
import type { Config } from './config.ts'
import { VAPID_KEY } from './push/vapid-keys.ts'
import type { Db } from './store/schema.ts'
import { type Sealer, sealerOf } from './store/sealer.ts'

const OTHERS = 0o077

export const masterKeyFile = (dataFolder: string) => join(dataFolder, 'master.key')

type Source = Pick<Config, 'masterKeys' | 'dataFolder'>

/**
 * @returns each 32 bytes, the newest first: one, or more while it is rotated; the same for every process that starts
 * on one data folder, whichever of them came first
 * @throws {Problem} `invalid` where the file can be read by others or holds no key
 */
export function masterKeysOf(config: Source, random: RandomBytes): readonly Uint8Array[] {
  if (config.masterKeys) return config.masterKeys
  const file = masterKeyFile(config.dataFolder)
  return readKeys(file) ?? makeKey(file, config.dataFolder, random)
}

/**
 * What seals in a store and opens what is sealed there, by the key that there is, or by a new one for a new store.
 * @throws {Problem} `invalid` as above, and where there is no key and the store holds secrets
 */
export async function openSealer(config: Source, read: Db, random: RandomBytes): Promise<Sealer> {
  await refuseWithoutKey(config, read)
  return sealerOf(() => masterKeysOf(config, random), random)
}

/** Before a key is made: a store that was sealed under another has to get that one back, and its owner to hear of it. */
async function refuseWithoutKey({ masterKeys, dataFolder }: Source, read: Db): Promise<void> {
  const file = masterKeyFile(dataFolder)
  if (masterKeys || isThere(file)) return
  if (!(await read.selectFrom('settings').select('name').where('name', '=', VAPID_KEY).executeTakeFirst())) return
  // Another process may have made it, and sealed under it, since it was looked for.
  if (isThere(file)) return
  throw unusable(
    `The store holds secrets, and ${file} is not there: put it back, or set COUNTERSIGN_MASTER_KEY. Without it nothing can be done with this store.`,
  )
}

/** @throws where its folder may not be read: what can't be seen is not missing */
export const isThere = (file: string) => statSync(file, { throwIfNoEntry: false }) !== undefined

/**
 * A new key in front of the one there is; where a rotation was begun before, it goes on.
 * @throws {Problem} `invalid` where the key comes from the environment, which is not ours to change
 */
export function addMasterKey(config: Source, random: RandomBytes): void {
  const keys = masterKeysOf(config, random)
  if (keys.length > 1) return
  if (config.masterKeys) {
    throw unusable(
      'The master key comes from COUNTERSIGN_MASTER_KEY: put a new one behind it, separated by a comma, and start every server anew; then the new one in front, and again; then run this.',
    )
  }
  replaceFile(masterKeyFile(config.dataFolder), [random(32), ...keys])
}

/** Only the newest stays. @returns whether it is so: keys from the environment are for whoever sets them */
export function dropFormerMasterKeys(config: Source, random: RandomBytes): boolean {
  const [newest, ...former] = masterKeysOf(config, random)
  if (!newest || former.length === 0) return true
  if (config.masterKeys) return false
  replaceFile(masterKeyFile(config.dataFolder), [newest])
  return true
}

/** In one step, and on disk: whoever reads sees the old file or the new one. */
function replaceFile(file: string, keys: readonly Uint8Array[]): void {
  const draft = `${file}.${process.pid}`
  writeKeys(draft, keys)
  renameSync(draft, file)
}

function writeKeys(draft: string, keys: readonly Uint8Array[]): void {
  const descriptor = openSync(draft, 'wx', 0o600)
  try {
    writeSync(descriptor, keys.map((key) => `${base64url(key)}\n`).join(''))
    // On disk before anything is sealed under it: a key lost to a power cut takes every token with it.
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Undefined where there is no such file. */
function readKeys(file: string): readonly Uint8Array[] | undefined {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode
  if (mode === undefined) return undefined
  // A key that others on this machine may have read opens every token: refused, never quietly repaired.
  if (process.platform !== 'win32' && mode & OTHERS) {
    throw unusable(`${file} can be read by others on this machine. Run: chmod 600 ${file}`)
  }
  const keys = readFileSync(file, 'utf8').trim().split('\n').map(decoded)
  if (!keys.every((key) => key?.length === 32)) {
    throw unusable(`${file} holds no master key: 32 bytes in base64url without padding.`)
  }
  return keys as Uint8Array[]
}

/** Written aside and linked into place: nobody sees half a key, and of two that start together one wins. */
function makeKey(file: string, folder: string, random: RandomBytes): readonly Uint8Array[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}`
  try {
    writeKeys(draft, [random(32)])
    linkUnlessThere(draft, file)
  } finally {
    rmSync(draft, { force: true })
  }
  const keys = readKeys(file)
  if (!keys) throw new Error(`${file} vanished while it was made`)
  return keys
}

function linkUnlessThere(draft: string, file: string): void {
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function decoded(text: string): Uint8Array | undefined {
  try {
    return fromBase64url(text)
  } catch {
    return undefined
  }
}

function unusable(detail: string): Problem {
  return new Problem('invalid', { detail })
}

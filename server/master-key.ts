// The key above all others: from the environment, or from a file that is made on the first start.
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { base64url, fromBase64url } from '../protocol/encoding.ts'
import type { RandomBytes } from '../protocol/ids.ts'
import { Problem } from '../protocol/problems.ts'
import type { Config } from './config.ts'

const OTHERS = 0o077

export const masterKeyFile = (dataFolder: string) => join(dataFolder, 'master.key')

/**
 * @returns 32 bytes; the same for every process that starts on one data folder, whichever of them came first
 * @throws {Problem} `invalid` where the file can be read by others or holds no key
 */
export function masterKeyOf(config: Pick<Config, 'masterKey' | 'dataFolder'>, random: RandomBytes): Uint8Array {
  if (config.masterKey) return config.masterKey
  const file = masterKeyFile(config.dataFolder)
  return readKey(file) ?? makeKey(file, config.dataFolder, random)
}

/** Undefined where there is no such file. */
function readKey(file: string): Uint8Array | undefined {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode
  if (mode === undefined) return undefined
  // A key that others on this machine may have read opens every token: refused, never quietly repaired.
  if (process.platform !== 'win32' && mode & OTHERS) {
    throw unusable(`${file} can be read by others on this machine. Run: chmod 600 ${file}`)
  }
  const key = decoded(readFileSync(file, 'utf8').trim())
  if (key?.length !== 32) throw unusable(`${file} holds no master key: 32 bytes in base64url without padding.`)
  return key
}

/** Written aside and linked into place: nobody sees half a key, and of two that start together one wins. */
function makeKey(file: string, folder: string, random: RandomBytes): Uint8Array {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}`
  const descriptor = openSync(draft, 'wx', 0o600)
  try {
    writeSync(descriptor, `${base64url(random(32))}\n`)
    // On disk before anything is sealed under it: a key lost to a power cut takes every token with it.
    fsyncSync(descriptor)
    linkUnlessThere(draft, file)
  } finally {
    closeSync(descriptor)
    rmSync(draft)
  }
  const key = readKey(file)
  if (!key) throw new Error(`${file} vanished while it was made`)
  return key
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

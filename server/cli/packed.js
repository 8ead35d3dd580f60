// The program as few files, where the build has made them of these very sources: Node looks for, reads and links a
// thousand modules otherwise, which is more than half of a start. In plain JavaScript, for it comes before all else.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export const ROOT = join(import.meta.dirname, '../..')
export const PACKED = join(ROOT, 'node_modules/.cache/countersign-server')

/** @returns {string | undefined} the address to import; undefined where a file has changed since, or nothing was packed */
export function packedProgram(folder = PACKED) {
  try {
    const { root, sources } = JSON.parse(readFileSync(join(folder, 'sources.json'), 'utf8'))
    const isAsItWas = root === ROOT && sources.every(([file, stamp]) => stampOf(file) === stamp)
    return isAsItWas ? pathToFileURL(join(folder, 'countersign.mjs')).href : undefined
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** @param {string} file from the root */
export function stampOf(file) {
  const { size, mtimeMs } = statSync(join(ROOT, file))
  return `${size} ${mtimeMs}`
}

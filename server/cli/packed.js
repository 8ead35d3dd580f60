// The program as few files, where the build has made them of these very sources: Node looks for, reads and links a
// thousand modules otherwise, which is more than half of a start. In plain JavaScript, for it comes before all else.
import { hash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')
export const PACKS = join(ROOT, 'node_modules/.cache/countersign-server')
/** Says in which folder the pack of now is, and of what it was made. */
export const CURRENT = 'current.json'
export const PROGRAM = 'countersign.mjs'

/** @returns {string | undefined} where the program is; undefined where a source is another since, or nothing was packed */
export function packedFolder(packs = PACKS) {
  try {
    const { root, folder, sources } = JSON.parse(readFileSync(join(packs, CURRENT), 'utf8'))
    const isOfNow = root === ROOT && existsSync(join(packs, folder, PROGRAM)) && sources.every(isAsItWas)
    return isOfNow ? join(packs, folder) : undefined
  } catch {
    // None, one that may not be read, one of another release: the sources say what the program is.
    return undefined
  }
}

/** A copy has its own time of change, which nobody can set back, and the same content. */
function isAsItWas([file, changed, content]) {
  return changedAt(file) === changed || contentOf(readFileSync(join(ROOT, file))) === content
}

/** @param {string} file from the root */
export function changedAt(file) {
  const { ctimeMs, size } = statSync(join(ROOT, file))
  return `${ctimeMs} ${size}`
}

/** @param {string | Uint8Array} bytes */
export function contentOf(bytes) {
  return hash('sha256', bytes, 'base64url')
}

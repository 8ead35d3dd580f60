// ETags (RFC 7644 §3.14): what was changed meanwhile is not overwritten, and what is known already is not sent again.
import { createHash } from 'node:crypto'
import { Problem } from '../../protocol/problems.ts'
import type { Call } from '../http/env.ts'
import { untilWon } from '../store/until-won.ts'
import { Refusal } from './refusal.ts'

/** @param shown what the resource shows besides its own row */
export function etag(version: string, shown: readonly string[] = []): string {
  const more = shown.length === 0 ? '' : `.${createHash('sha256').update(shown.join()).digest('hex').slice(0, 16)}`
  return `W/"${version}${more}"`
}

/** RFC 9110 §13.1.2. */
export function isKnown(c: Call, version: string): boolean {
  const given = c.req.header('if-none-match')
  return given !== undefined && names(given, version)
}

/**
 * Reads and writes; where somebody else was quicker it begins anew, but not for a caller who has said what they saw.
 * @param attempt is given a look at the resource's ETag before it writes
 * @throws {Refusal} 412
 */
export async function overwriting<T>(c: Call, attempt: (isSeen: (version: string) => void) => Promise<T>): Promise<T> {
  const given = c.req.header('if-match')
  const isSeen = (version: string) => {
    if (given !== undefined && !names(given, version)) throw changed()
  }
  return untilWon(async () => {
    try {
      return await attempt(isSeen)
    } catch (error) {
      if (!(error instanceof Problem && error.slug === 'changed-meanwhile')) throw error
      if (given !== undefined) throw changed()
      return undefined
    }
  })
}

const changed = () => new Refusal(412, undefined, 'The resource was changed meanwhile.')

/** Ours are weak, and so is the comparison. */
function names(given: string, version: string): boolean {
  if (given.trim() === '*') return true
  const bare = (tag: string) => tag.trim().replace(/^W\//, '')
  return given.split(',').some((tag) => bare(tag) === bare(version))
}

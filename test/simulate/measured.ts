// What docs/performance.md says was measured, read from the page: the arithmetic has no figures of its own.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const page = readFileSync(join(import.meta.dirname, '../../docs/performance.md'), 'utf8')

function figures(pattern: RegExp): number[] {
  const found = pattern.exec(page)
  if (!found) throw new Error(`docs/performance.md has nothing like ${pattern}`)
  return found.slice(1).map(Number)
}

const [sqlite = 0, postgres = 0] = figures(
  /^\| logins per second and core of the server, median[^|]*\| \*\*(\d+)\*\*[^|]*\| \*\*(\d+)\*\*/m,
)
const [twoProcesses = 0] = figures(
  /Two processes on one PostgreSQL, .*? made (\d+) logins per second and core of theirs/,
)
const [pageKiB = 0] = figures(/^\| memory of a waiting page[^|]*\| ([\d.]+) KiB \|/m)

/** Medians; of two processes that share their two cores with the database and all clients. */
export const LOGINS_PER_CORE = { sqlite, postgres, twoProcesses }

/** A waiting page in bytes. */
export const PAGE = pageKiB * 1024

// The embedded store has one server. A second one on the same folder would not hear what the first one's waiters wait
// for, and would send each push twice: it is refused. The lock is the system's own, so a killed server leaves none.
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Problem } from '../../protocol/problems.ts'

/**
 * The command line needs no lock: it may work beside a server.
 * @returns gives the folder up
 * @throws {Problem} `unavailable` where another server holds it
 */
export function holdFolder(dataFolder: string): () => void {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const file = join(dataFolder, 'server.lock')
  const lock = new DatabaseSync(file, { timeout: 0 })
  chmodSync(file, 0o600)
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
    throw new Problem('unavailable', {
      detail: `Another server runs on ${dataFolder}: stop it, set COUNTERSIGN_DATA to another folder, or use PostgreSQL.`,
    })
  }
  return () => lock.close()
}

const SQLITE_BUSY = 5

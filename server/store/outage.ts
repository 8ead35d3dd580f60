// A store that can't be used just now, told apart from a defect of ours: whoever asked may ask again.

/** Full disks, files that can't be written or read any more, and locks that others hold (SQLite's result codes). */
const SQLITE = new Set([5, 6, 8, 10, 13, 14])
/** Lost connections, missing resources, faults of the disk, a server that stops or starts, a primary that became a standby (SQLSTATE). */
const POSTGRES = /^(08|53|58|57P0|25006)/
/**
 * PostgreSQL tells a file that a disk lets nobody write any more as a missing right (42501), as it does a table's, and
 * some as a fault of its own (XX000): these of its sources open files.
 */
const FILES = /^(fd|md|slru|relcache|relmapper|storage|xlog\w*)\.c$/
const NETWORK = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/
/** pg tells these without a code. */
const UNCODED =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to con|timeout expired|Query read timeout)/

export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode, file } = error as { code?: unknown; errcode?: unknown; file?: unknown }
  // The low byte says what; the rest says more of it.
  if (code === 'ERR_SQLITE_ERROR') return SQLITE.has(Number(errcode) & 0xff)
  if (code === '42501' || code === 'XX000') return FILES.test(String(file))
  if (typeof code === 'string') return POSTGRES.test(code) || NETWORK.test(code)
  return UNCODED.test(error.message)
}

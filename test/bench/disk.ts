// What the disk takes to keep what it was given: no step of a login is answered sooner.
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PAGE = Buffer.alloc(4096)
const PAGES = 100

/** Pages written again in place, as a store's log is. @returns milliseconds each, where the bench keeps its stores */
export function syncTimes(): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-disk-'))
  const file = openSync(join(folder, 'log'), 'w')
  const write = (page: number) => {
    writeSync(file, PAGE, 0, PAGE.length, page * PAGE.length)
    const before = performance.now()
    fsyncSync(file)
    return performance.now() - before
  }
  try {
    writeSync(file, Buffer.alloc(PAGES * PAGE.length))
    write(0)
    return Array.from({ length: PAGES }, (_, page) => write(page))
  } finally {
    closeSync(file)
    rmSync(folder, { recursive: true })
  }
}

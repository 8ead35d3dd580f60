// Folders for what a test throws away: in memory where there is room, since a store is hundreds of small files, and to
// make these took longer than to fill them.
import { mkdtemp, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
/** More than all tests at once have there; containers may have next to nothing. Bytes. */
const ROOM = 2 * 1024 ** 3

/** @param what stands in its name */
export async function scratchFolder(what: string): Promise<string> {
  return mkdtemp(join((await isRoomy()) ? MEMORY : tmpdir(), `countersign-${what}-`))
}

async function isRoomy(): Promise<boolean> {
  const found = await statfs(MEMORY).catch(() => undefined)
  return found !== undefined && found.bavail * found.bsize > ROOM
}

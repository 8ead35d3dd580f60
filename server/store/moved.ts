// A note in the data folder that its store moves, or has moved, to PostgreSQL. From then on nobody writes to it: what
// changed here after it was copied would be missing there, and a proof used there would be good once more here.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { Problem } from '../../protocol/problems.ts'

const moveNote = z.object({
  id: z.string(),
  /** host, port and database, no credentials */
  to: z.string(),
  state: z.enum(['moving', 'moved']),
})
export type MoveNote = z.infer<typeof moveNote>

export const moveNoteFile = (dataFolder: string) => join(dataFolder, 'moved.json')

/** Undefined where the store is where it has always been. @throws {Problem} `unavailable` where it says something else */
export function readMoveNote(dataFolder: string): MoveNote | undefined {
  const file = moveNoteFile(dataFolder)
  if (!statSync(file, { throwIfNoEntry: false })) return undefined
  const { success, data } = moveNote.safeParse(json(readFileSync(file, 'utf8')))
  if (success) return data
  const detail = `${file} says that this store moves, or has moved, and can’t be read. Only if it did not, remove that file.`
  throw new Problem('unavailable', { detail })
}

function json(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

/** On disk when it returns: whatever is copied afterwards is known to be a copy. */
export function writeMoveNote(dataFolder: string, note: MoveNote): void {
  const draft = `${moveNoteFile(dataFolder)}.${process.pid}`
  const descriptor = openSync(draft, 'w', 0o600)
  try {
    writeSync(descriptor, `${JSON.stringify(note)}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(draft, moveNoteFile(dataFolder))
}

export function removeMoveNote(dataFolder: string): void {
  rmSync(moveNoteFile(dataFolder), { force: true })
}

/** @throws {Problem} `unavailable` */
export function refuseMoved(dataFolder: string): void {
  const note = readMoveNote(dataFolder)
  if (!note) return
  const file = moveNoteFile(dataFolder)
  const detail =
    note.state === 'moved'
      ? `This store has moved to PostgreSQL at ${note.to}: set DATABASE_URL. Only if that one is given up for good, remove ${file}.`
      : `This store is being moved to PostgreSQL at ${note.to}: run migrate-store again to finish it, or remove ${file} to give it up.`
  throw new Problem('unavailable', { detail })
}

// A note in the data folder that its store moves, or has moved, to PostgreSQL. From then on nobody writes to it: what
// changed here after it was copied would be missing there, and a proof used there would be good once more here.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../../protocol/problems.ts'

/** `to`: host, port and database, no credentials. */
export type MoveNote = { id: string; to: string; state: 'moving' | 'moved' }

export const moveNoteFile = (dataFolder: string) => join(dataFolder, 'moved.json')

/** Undefined where the store is where it has always been. */
export function readMoveNote(dataFolder: string): MoveNote | undefined {
  const file = moveNoteFile(dataFolder)
  if (!statSync(file, { throwIfNoEntry: false })) return undefined
  return JSON.parse(readFileSync(file, 'utf8'))
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

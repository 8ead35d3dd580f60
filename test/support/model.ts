// Stores that were opened once and hold nothing, as copies: what opening an empty one would have made.
import { constants } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { createDatabase } from './postgres.ts'

/** The URL of a database on PostgreSQL. */
export function modelDatabase(): Promise<string> {
  return createDatabase(inject('postgresUrl'), inject('postgresModel'))
}

/** @returns the file, where a server looks for it. @param folder its data folder */
export async function modelFile(folder: string): Promise<string> {
  const file = join(folder, 'countersign.db')
  await copyFile(inject('sqliteModel'), file, constants.COPYFILE_FICLONE)
  return file
}

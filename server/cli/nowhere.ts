// A command that lacks the server's variables would make a second, empty installation, and say that all went well.
import { existsSync } from 'node:fs'
import { Problem } from '../../protocol/problems.ts'
import type { Config } from '../config.ts'
import { masterKeyFile } from '../master-key.ts'
import { storeFile } from '../store/store-file.ts'

/** @throws {Problem} `invalid` where no server was ever started with these settings */
export function refuseNowhere({ dataFolder, databaseUrl, masterKeys }: Config): void {
  const isThere = databaseUrl
    ? masterKeys !== undefined || existsSync(masterKeyFile(dataFolder))
    : existsSync(storeFile(dataFolder))
  if (isThere) return
  throw new Problem('invalid', {
    detail: `There is no installation in ${dataFolder}: set the variables that the server runs with, COUNTERSIGN_DATA among them, or start it once.`,
  })
}

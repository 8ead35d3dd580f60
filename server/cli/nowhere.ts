// A command that lacks the server's variables would make a second, empty installation, and say that all went well.
import { Problem } from '../../protocol/problems.ts'
import type { Config } from '../config.ts'
import { isThere, masterKeyFile } from '../master-key.ts'
import { storeFile } from '../store/store-file.ts'

/**
 * Whether a database at an address is the server's is not looked for here.
 * @throws {Problem} `invalid` where no server was ever started on the folder; EACCES where it may not be looked into
 */
export function refuseNowhere({ dataFolder, databaseUrl, masterKeys }: Config): void {
  const found = databaseUrl
    ? masterKeys !== undefined || isThere(masterKeyFile(dataFolder))
    : isThere(storeFile(dataFolder))
  if (found) return
  throw new Problem('invalid', {
    detail: `There is no installation in ${dataFolder}: set the variables that the server runs with, COUNTERSIGN_DATA among them, or start it once.`,
  })
}

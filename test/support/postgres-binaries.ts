// Where PostgreSQL's programs are, and as whom they may run: Debian keeps them out of PATH, and they refuse root.
import { execFileSync } from 'node:child_process'
import { accessSync, chownSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The folder with `initdb` and `postgres`, the newest version first; undefined where there is none. */
export function findPostgresBinaries(): string | undefined {
  const root = '/usr/lib/postgresql'
  const versions = foldersIn(root).sort((a, b) => Number(b) - Number(a))
  const packaged = versions.map((version) => join(root, version, 'bin'))
  return [...packaged, ...(process.env.PATH ?? '').split(delimiter)].find((folder) =>
    isExecutable(join(folder, 'initdb')),
  )
}

/** Makes the folder postgres' own, and gives the prefix of a command that runs as postgres; neither is needed but for root. */
export function asPostgres(folder: string): string[] {
  if (process.getuid?.() !== 0) return []
  const [user, group] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })))
  if (user === undefined || group === undefined) throw new Error('There is no user postgres')
  chownSync(folder, user, group)
  return ['runuser', '-u', 'postgres', '--']
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

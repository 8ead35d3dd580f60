// A copy of the store, taken while servers go on: all of it as it was at one moment, or no file at all.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Problem } from '../../protocol/problems.ts'
import { storeFile } from './store-file.ts'

/** Among it the master key. */
const OURS = /^(COUNTERSIGN_|DATABASE_URL$)/

type Environment = Readonly<Record<string, string | undefined>>

export type Backup = { file: string; bytes: number; format: 'sqlite' | 'pg_dump' }

/**
 * Without the master key, which belongs elsewhere.
 * @param file must not be there yet: a backup never takes the place of an older one
 * @param env for PostgreSQL's own program
 * @throws {Problem} `invalid`, `unavailable`
 */
export async function backUp(
  store: { databaseUrl: string | undefined; dataFolder: string },
  file: string,
  env: Environment,
): Promise<Backup> {
  refuseUnlessFree(file)
  const draft = `${file}.${process.pid}.part`
  // Personal data and password hashes: for nobody else on this machine.
  const descriptor = openSync(draft, 'wx', 0o600)
  try {
    if (store.databaseUrl) await dump(store.databaseUrl, descriptor, env)
    else copyEmbedded(storeFile(store.dataFolder), draft)
    fsyncSync(descriptor)
    nameIt(draft, file)
  } finally {
    closeSync(descriptor)
    rmSync(draft, { force: true })
  }
  return { file, bytes: statSync(file).size, format: store.databaseUrl ? 'pg_dump' : 'sqlite' }
}

function refuseUnlessFree(file: string): void {
  if (existsSync(file)) throw isThere(file)
  const folder = dirname(file)
  if (!existsSync(folder)) throw new Problem('invalid', { detail: `There is no folder ${folder}.` })
}

const isThere = (file: string) =>
  new Problem('invalid', { detail: `${file} is there already: give the backup another name.` })

/** One read transaction: in WAL mode no writer waits for it. */
function copyEmbedded(file: string, draft: string): void {
  if (!statSync(file, { throwIfNoEntry: false })) throw new Problem('invalid', { detail: `There is no ${file}.` })
  const source = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    source.prepare('vacuum into ?').run(draft)
  } finally {
    source.close()
  }
  const copy = new DatabaseSync(draft, { readOnly: true })
  try {
    const found = copy.prepare('pragma quick_check').get() as { quick_check: string }
    if (found.quick_check !== 'ok')
      throw new Problem('unavailable', { detail: `The copy is not sound: ${found.quick_check}` })
  } finally {
    copy.close()
  }
}

/** PostgreSQL's own tool: what it writes, `pg_restore` reads. */
async function dump(url: string, descriptor: number, environment: Environment): Promise<void> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url)
  // In the environment, for everybody on a machine sees arguments; and nothing of ours that it has no use for.
  const env = {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !OURS.test(name))),
    PGHOST: searchParams.get('host') ?? decodeURIComponent(hostname),
    PGPORT: port || '5432',
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    ...(searchParams.has('sslmode') ? { PGSSLMODE: searchParams.get('sslmode') ?? '' } : {}),
  }
  const arguments_ = ['--format=custom', '--no-owner', '--no-privileges']
  const child = spawn('pg_dump', arguments_, { env, stdio: ['ignore', descriptor, 'pipe'] })
  let said = ''
  child.stderr?.on('data', (chunk) => (said += chunk))
  const [code] = await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new Problem('unavailable', { detail: 'There is no pg_dump on this machine: install PostgreSQL’s client.' })
  })
  if (code !== 0) throw new Problem('unavailable', { detail: `pg_dump: ${said.trim()}` })
}

function nameIt(draft: string, file: string): void {
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw isThere(file)
  }
}

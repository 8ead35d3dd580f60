// A PostgreSQL of a test run's own, on a folder that is thrown away: nothing to install beyond the package, nothing left behind.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { freePort } from './free-port.ts'
import { asPostgres, findPostgresBinaries } from './postgres-binaries.ts'
import { scratchFolder } from './scratch.ts'

const run = promisify(execFile)

export interface PostgresOptions {
  /** Waits for the disk as in production, for benchmarks; off by default. */
  durable?: boolean
}

export interface Postgres extends AsyncDisposable {
  /** Of its maintenance database; each test takes one of its own by `createDatabase`. */
  url: string
  /** The URL of a new, empty database. */
  createDatabase(): Promise<string>
  stop(): Promise<void>
}

/** Uses the server of `TEST_DATABASE_URL`, whose user must be allowed to create databases, or starts one. */
export async function startPostgres({ durable = false }: PostgresOptions = {}): Promise<Postgres> {
  const given = process.env.TEST_DATABASE_URL
  const server = given ? { url: given, stop: async () => {} } : await startServer(durable)
  const created: string[] = []
  const stop = async () => {
    if (given) await Promise.all(created.map(dropDatabase))
    await server.stop()
  }
  return {
    url: server.url,
    createDatabase: async () => {
      const url = await createDatabase(server.url)
      created.push(url)
      return url
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/**
 * A new database on the server of this URL; for tests that are given a server by the global setup.
 * @param model the name of the one it is a copy of; left out, it is empty. Not template1, which somebody may have changed
 * or be connected to
 */
export async function createDatabase(serverUrl: string, model = 'template0'): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await query(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${model}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

/** Ends its connections and removes it. */
export async function dropDatabase(databaseUrl: string): Promise<void> {
  const url = new URL(databaseUrl)
  const name = url.pathname.slice(1)
  url.pathname = '/postgres'
  await query(url.href, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
}

async function startServer(durable: boolean): Promise<{ url: string; stop(): Promise<void> }> {
  const binaries = findPostgresBinaries()
  if (!binaries) throw new Error('No PostgreSQL found: install the package `postgresql`, or set TEST_DATABASE_URL')
  // What is measured stands on a disk.
  const folder = await (durable ? mkdtemp(join(tmpdir(), 'countersign-postgres-')) : scratchFolder('postgres'))
  const data = join(folder, 'data')
  const log = join(folder, 'log')
  const remove = () => rm(folder, { recursive: true, force: true })
  const prefix = asPostgres(folder)
  const command = (name: string, ...args: string[]) => {
    const [program = name, ...rest] = [...prefix, join(binaries, name), ...args]
    return run(program, rest, { cwd: folder })
  }
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', 'max_connections=200', ...(durable ? [] : CARELESS)]
  const options = [`-p ${port} -k ${folder}`, ...settings.map((setting) => `-c ${setting}`)].join(' ')
  try {
    await command('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '--encoding=UTF8', '--locale=C')
    await command('pg_ctl', '-D', data, '-l', log, '-o', options, '-w', 'start')
  } catch (error) {
    const reason = await readFile(log, 'utf8').catch(() => '')
    await remove()
    throw new Error(`PostgreSQL did not start: ${reason}`, { cause: error })
  }
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const stop = async () => {
    // The data is thrown away: no need to write it out first.
    await command('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop')
    await remove()
  }
  return { url, stop }
}

const CARELESS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_wal_size=128MB']

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

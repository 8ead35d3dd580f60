// A PostgreSQL that may be killed, stopped in its tracks, and started again on what it has left.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { freePort } from '../support/free-port.ts'
import { createDatabase } from '../support/postgres.ts'
import { asPostgres, findPostgresBinaries } from '../support/postgres-binaries.ts'

const run = promisify(execFile)

const MOST_STARTS = 20

export class OwnPostgres implements AsyncDisposable {
  readonly url: string
  readonly #folder: string
  readonly #binaries: string
  readonly #prefix: string[]
  readonly #port: number
  #child: ChildProcess | undefined
  #postmaster = 0

  private constructor(folder: string, binaries: string, prefix: string[], port: number) {
    this.#folder = folder
    this.#binaries = binaries
    this.#prefix = prefix
    this.#port = port
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`
  }

  /** It waits for the disk as in production. @param within a folder of another disk */
  static async open(within = tmpdir()): Promise<OwnPostgres> {
    const binaries = findPostgresBinaries()
    if (!binaries) throw new Error('No PostgreSQL found: install the package `postgresql`')
    mkdirSync(within, { recursive: true })
    const folder = mkdtempSync(join(within, 'countersign-faults-postgres-'))
    const made = new OwnPostgres(folder, binaries, asPostgres(folder), await freePort())
    const args = ['-D', join(folder, 'data'), '-A', 'trust', '-U', 'postgres', '--encoding=UTF8', '--locale=C']
    const [program = '', ...rest] = [...made.#prefix, join(binaries, 'initdb'), ...args, '--wal-segsize=1']
    await run(program, rest, { cwd: folder })
    await made.start()
    return made
  }

  createDatabase(): Promise<string> {
    return createDatabase(this.url)
  }

  /** Resolves when it takes connections, whatever it had to bring in order first. */
  async start(): Promise<void> {
    const settings = ['listen_addresses=127.0.0.1', 'max_connections=200', 'max_wal_size=16MB', 'min_wal_size=2MB']
    const args = ['-D', join(this.#folder, 'data'), '-p', String(this.#port), '-k', this.#folder]
    const [program = '', ...rest] = [
      ...this.#prefix,
      join(this.#binaries, 'postgres'),
      ...args,
      ...settings.flatMap((setting) => ['-c', setting]),
    ]
    this.#child = spawn(program, rest, { cwd: this.#folder, stdio: 'ignore' })
    let failed = 0
    for (;;) {
      if (await takesConnections(this.url)) break
      // One of its processes may have outlived the others for a moment: whoever looks after it tries again.
      if (this.#child.exitCode !== null) {
        if (++failed > MOST_STARTS) throw new Error(`PostgreSQL ended with ${this.#child.exitCode}`)
        this.#child = spawn(program, rest, { cwd: this.#folder, stdio: 'ignore' })
      }
      await sleep(200)
    }
    // `runuser` stands between, where there is root.
    this.#postmaster = Number(readFileSync(join(this.#folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
  }

  /** All its processes at once, as a machine that loses its power, but for what the system still writes out. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    this.#signal('SIGKILL')
    await ended
    // One that was begun in that moment, or that waits for its disk, holds it still.
    for (let pids = this.#inData(); pids.length > 0; pids = this.#inData()) {
      sendTo(pids, 'SIGKILL')
      await sleep(20)
    }
  }

  /** Starts it where it has given up by itself. */
  async revive(): Promise<void> {
    if (await takesConnections(this.url)) return
    await this.kill()
    await this.start()
  }

  pause(): void {
    this.#signal('SIGSTOP')
  }

  resume(): void {
    this.#signal('SIGCONT')
  }

  #signal(signal: NodeJS.Signals): void {
    // What has started it as somebody else stops together with it.
    sendTo([this.#child?.pid ?? 0, this.#postmaster, ...childrenOf(this.#postmaster)], signal)
  }

  /** Each of its processes works in its data, whosever child it is by now. */
  #inData(): number[] {
    const data = join(this.#folder, 'data')
    return processes().filter((pid) => workingIn(pid) === data)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function takesConnections(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

function sendTo(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      // One that has ended since it was looked for.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

const processes = () => readdirSync('/proc').map(Number).filter(Number.isInteger)

const childrenOf = (parent: number) => processes().filter((pid) => parentOf(pid) === parent)

/** One that has ended works nowhere, though its parent has not asked after it yet. */
function workingIn(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

/** proc(5), stat: the fourth field is the parent. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}

// A whole installation: the server as a process of its own, the commands as an operator runs them, and its store to look
// into. It lives in a folder that is thrown away.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { openStore } from '../../server/assemble.ts'
import { COMMANDS } from '../../server/cli/commands.ts'
import { run } from '../../server/cli/run.ts'
import { type Environment, readConfig } from '../../server/config.ts'
import type { Store } from '../../server/store/store.ts'
import { freePort } from '../support/free-port.ts'
import type { Wire } from '../support/wire-call.ts'

const COMMAND = fileURLToPath(new URL('../../server/cli/countersign.js', import.meta.url))

export interface InstallationOptions {
  /** How the server reaches push services: their origin, certificate, proxy. */
  env: Environment
  /** PostgreSQL; SQLite in a folder of its own where absent. */
  databaseUrl?: string
  /** The authenticator lives on an origin of its own. */
  apart?: boolean
}

export interface Installation extends AsyncDisposable {
  publicOrigin: string
  appOrigin: string
  /** Where applications reach it. */
  wire: Wire
  env: Environment
  store: Store
  /** What the server printed. */
  lines: readonly string[]
  /** Runs a command of `npx countersign` and gives what it prints for scripts. @param input its standard input */
  command<Answer>(words: readonly string[], input?: string): Promise<Answer>
  /** The server goes away, as for an update. */
  stop(): Promise<void>
  /** The server is gone in the middle of whatever it did, as in a power cut. */
  kill(): Promise<void>
  /** And comes back, on the same store and at the same address. */
  start(): Promise<void>
}

export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-'))
  const port = await freePort()
  const publicOrigin = `http://localhost:${port}`
  const appOrigin = options.apart ? `http://127.0.0.1:${port}` : publicOrigin
  const env: Environment = {
    HOST: '127.0.0.1',
    PORT: String(port),
    COUNTERSIGN_DATA: folder,
    COUNTERSIGN_DEMO: '0',
    COUNTERSIGN_ORGANISATION: 'Harbour',
    ...(options.apart && { COUNTERSIGN_URL: publicOrigin, COUNTERSIGN_APP_URL: appOrigin }),
    ...(options.databaseUrl && { DATABASE_URL: options.databaseUrl }),
    ...options.env,
  }
  const lines: string[] = []
  let server = await startServer(env, lines)
  const store = await openStore(readConfig(env))
  const stop = () => endServer(server, 'SIGTERM')
  return {
    publicOrigin,
    appOrigin,
    wire: { origin: publicOrigin, port },
    env,
    store,
    lines,
    command: (words, input) => command(env, words, input),
    stop,
    kill: () => endServer(server, 'SIGKILL'),
    start: async () => {
      server = await startServer(env, lines)
    },
    [Symbol.asyncDispose]: async () => {
      await store.close()
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves when it says `ready`. @param lines where goes what it prints */
export async function startServer(env: Environment, lines: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [COMMAND, 'start'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // It must not outlive a run that is broken off.
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  const ready = Promise.withResolvers<void>()
  child.once('exit', (code) => ready.reject(new Error(`the server ended with code ${code}:\n${lines.join('\n')}`)))
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    if (line.startsWith('ready ')) ready.resolve()
  })
  await ready.promise
  return child
}

export async function endServer(server: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill(signal)
  await ended
}

/** In this process: a process for each of them would be most of the time that these tests take. */
async function command<Answer>(env: Environment, words: readonly string[], input = ''): Promise<Answer> {
  const printed: string[] = []
  const complaints: string[] = []
  const code = await run([...words, '--json'], {
    env,
    commands: COMMANDS,
    terminal: {
      input: Readable.from([input]),
      print: (line) => printed.push(line),
      complain: (line) => complaints.push(line),
    },
  })
  if (code !== 0) throw new Error(`countersign ${words.join(' ')}: ${complaints.join('\n')}`)
  return JSON.parse(printed.join('')) as Answer
}

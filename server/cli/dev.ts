// `npm run dev`: pages built anew and the server started anew after each change, on the one origin.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join } from 'node:path'
import { untilStopped } from './until-stopped.ts'

const ROOT = join(import.meta.dirname, '../..')
/** The built pages are held in memory by the server, so their change starts it anew too. */
const WATCHED = ['server', 'protocol', 'words', 'dist']
/** A build writes many files at once. */
const SETTLED_AFTER_MS = 300

function program(...args: string[]): ChildProcess {
  return spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

const start = () => program('server/cli/countersign.js', 'start')

const stopped = untilStopped(process, { now: () => performance.now(), atOnce: () => process.exit(1) })
const build = program('node_modules/vite/bin/vite.js', 'build', '--watch', '--logLevel', 'warn')
let server = start()
let restarting = Promise.resolve()
let settled: NodeJS.Timeout | undefined

function changed(name: string | null): void {
  if (name?.endsWith('.test.ts')) return
  clearTimeout(settled)
  settled = setTimeout(() => {
    restarting = restarting.then(restart)
  }, SETTLED_AFTER_MS)
}

async function restart(): Promise<void> {
  await end(server)
  server = start()
}

const watchers = WATCHED.map((folder) =>
  watch(join(ROOT, folder), { recursive: true }, (_event, name) => changed(name)),
)
await stopped
clearTimeout(settled)
for (const watcher of watchers) watcher.close()
await restarting
await Promise.all([end(server), end(build)])

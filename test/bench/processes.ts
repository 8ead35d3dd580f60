// Child processes of the bench, what they answer, and the processor time they have used.
import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Child<In, Out> = {
  pid: number
  send(message: In): void
  next(): Promise<Out>
  onMessage(listener: (message: Out) => void): void
  stop(): void
  /** resolves when the process is gone */
  readonly ended: Promise<void>
}

export function start<In extends object, Out>(
  file: string,
  env: Record<string, string> = {},
  execArgv: string[] = [],
): Child<In, Out> {
  const child: ChildProcess = fork(join(import.meta.dirname, file), {
    env: { ...process.env, ...env },
    execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  return {
    pid: child.pid ?? 0,
    send: (message) => void child.send(message),
    next: () =>
      new Promise((resolve, reject) => {
        child.once('message', (message) => resolve(message as Out))
        child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
      }),
    onMessage: (listener) => void child.on('message', (message) => listener(message as Out)),
    stop: () => void child.kill('SIGKILL'),
    ended: new Promise((resolve) => child.once('exit', () => resolve())),
  }
}

const TICKS_A_SECOND = 100

/** Seconds of processor time that a process and its threads have used, in user and kernel mode (proc(5), stat). */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}

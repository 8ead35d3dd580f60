// A program of ours that runs beside the server and must not outlive it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export type Child = { stop(): Promise<void> }

/** How long it may take to end by itself, in milliseconds. */
const STOP_WITHIN_MS = 5000

/**
 * Resolves when it prints a line that begins with `ready`. It has a channel to us and is expected to end when that
 * closes: so it ends even where we are killed.
 * @throws where it ends before
 */
export async function startChild(script: string, env: Record<string, string | undefined>): Promise<Child> {
  const child = fork(script, [], { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    if (child.stdout) {
      createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('ready') && resolve())
    }
    exited.then(([code]) => reject(new Error(`${script} ended with code ${code}`)), reject)
  })
  return {
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      // While the channel is open it would keep the child alive.
      if (child.connected) child.disconnect()
      const impatient = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
      await exited
      clearTimeout(impatient)
    },
  }
}

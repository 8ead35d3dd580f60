// A program of ours that runs beside the server and must not outlive it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export type Child = { ready: string; stop(): Promise<void> }

/** How long it may take to end by itself, in milliseconds. */
const STOP_WITHIN_MS = 5000

/**
 * Resolves when it prints `ready <text>`. It has a channel to us, and is expected to end when that closes: so it ends
 * even where we are killed.
 */
export async function startChild(
  script: string,
  env: Record<string, string | undefined>,
  onLine: (line: string) => void,
): Promise<Child> {
  const child = fork(script, [], { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout ?? ([] as never) })
  const ready = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const [, text] = /^ready (.+)$/.exec(line) ?? []
      if (text) resolve(text)
      else onLine(line)
    })
    exited.then(([code]) => reject(new Error(`${script} ended with code ${code}`)), reject)
  })
  return {
    ready,
    stop: async () => {
      if (child.connected) child.disconnect()
      child.kill('SIGTERM')
      const impatient = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
      await exited
      clearTimeout(impatient)
    },
  }
}

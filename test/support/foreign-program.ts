// A program of somebody else's, from the start to the end of a test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export type ForeignProgram = { output(): string; stop(): Promise<void> }

/**
 * Resolves when it says that it is ready, on whichever of its outputs.
 * @throws where it ends before, with all that it said
 */
export async function startProgram(
  command: string,
  args: readonly string[],
  { ready, env = {}, cwd }: { ready: RegExp; env?: Record<string, string>; cwd: string },
): Promise<ForeignProgram> {
  const PATH = `${process.env.PATH}:/usr/sbin:/sbin`
  const child = spawn(command, args, { cwd, env: { PATH, HOME: cwd, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  let output = ''
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (ready.test(output)) resolve()
      })
    child.once('error', reject)
    exited.then(([code]) => reject(new Error(`${command} ended with code ${code}: ${output}`)), reject)
  })
  return {
    output: () => output,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await exited
    },
  }
}

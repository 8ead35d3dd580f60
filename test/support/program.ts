// Programs that are not ours, run by tests: what they print, and their end.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export type Ran = { code: number | null; output: string }

export type Program = AsyncDisposable & {
  readonly child: ChildProcess
  output(): string
  /** Resolves when it has printed this. @throws where it ends before */
  says(text: RegExp): Promise<void>
  ended: Promise<Ran>
}

type Options = { input?: string; env?: Record<string, string>; argv0?: string }

export function start(program: string, args: readonly string[], { input, env, argv0 }: Options = {}): Program {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    // A terminal of its own is none: nothing is asked on ours.
    detached: true,
    ...(argv0 !== undefined && { argv0 }),
  })
  let output = ''
  const heard = new Set<() => void>()
  const tell = () => {
    for (const one of heard) one()
  }
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk
      tell()
    })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input ?? '')
  const ended = once(child, 'close').then(([code]): Ran => ({ code: code as number | null, output }))
  void ended.then(tell)
  const says = (text: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        const isEnded = child.exitCode !== null || child.signalCode !== null
        if (!text.test(output) && !isEnded) return
        heard.delete(look)
        if (text.test(output)) resolve()
        else reject(new Error(`${program} ended before it said ${text}: ${output}`))
      }
      heard.add(look)
      look()
    })
  return {
    child,
    output: () => output,
    says,
    ended,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const impatient = setTimeout(() => child.kill('SIGKILL'), 3000)
      await ended
      clearTimeout(impatient)
    },
  }
}

export const run = (program: string, args: readonly string[], options?: Options): Promise<Ran> =>
  start(program, args, options).ended

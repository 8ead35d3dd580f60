// The server as a process of its own, that can be killed, and the command line beside it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Environment } from '../../server/config.ts'

const PROGRAM = join(import.meta.dirname, '../../server/cli/countersign.js')

export type Ran = { code: number; out: string; err: string }

/** `npx countersign …`, to its end. @param input what it reads on standard input */
export async function countersign(env: Environment, words: readonly string[], input = ''): Promise<Ran> {
  const child = countersignBegun(env, words)
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = ''
    for await (const chunk of stream) text += chunk
    return text
  }
  child.stdin.end(input)
  const [out, err, [code]] = await Promise.all([read(child.stdout), read(child.stderr), once(child, 'exit')])
  return { code: code as number, out, err }
}

/** The same, for a test that cuts it off. */
export function countersignBegun(env: Environment, words: readonly string[]) {
  return spawn(process.execPath, [PROGRAM, ...words], { env: { PATH: process.env.PATH, ...env } })
}

/** A running server; it ends with the test. */
export class ServerProcess implements AsyncDisposable {
  readonly origin: string
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>

  private constructor(origin: string, child: ChildProcess, exited: Promise<unknown>) {
    this.origin = origin
    this.#child = child
    this.#exited = exited
  }

  /** Resolves when it says that it is ready. @throws where it ends before */
  static async start(env: Environment, program = PROGRAM): Promise<ServerProcess> {
    const stdio = ['ignore', 'pipe', 'inherit'] as const
    const child = spawn(process.execPath, [program, 'start'], {
      env: { PATH: process.env.PATH, ...env },
      stdio: [...stdio],
    })
    const exited = once(child, 'exit')
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream }))
      if (line.startsWith('ready ')) return new ServerProcess(line.slice('ready '.length), child, exited)
    throw new Error('the server ended before it was ready')
  }

  get wire() {
    return { origin: this.origin, port: Number(new URL(this.origin).port) }
  }

  /** As a machine that loses its power: nothing is said, nothing is finished. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}

// The person or script at the other end: lines out, and secrets in without an echo.
import type { ReadStream } from 'node:tty'
import { Problem } from '../../protocol/problems.ts'

type Input = NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>

export type Terminal = {
  input: Input
  /** to stdout */
  print(line: string): void
  /** to stderr */
  complain(line: string): void
}

const ENTER = ['\r', '\n', '\u0004']
const INTERRUPT = '\u0003'
const ERASE = ['\u007f', '\b']
const MOST_BYTES = 65_536

/** All of standard input. @throws {Problem} invalid where it is not UTF-8 or far too long */
export async function readAll(input: Input): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of input) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    length += bytes.length
    if (length > MOST_BYTES) throw new Problem('invalid', { detail: 'Standard input is too long for a password.' })
    parts.push(bytes)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts))
  } catch {
    throw new Problem('invalid', { detail: 'Standard input is not UTF-8 text.' })
  }
}

/** Asks on a terminal and reads a line that is not shown. @throws {Problem} invalid after Ctrl-C */
export async function readHidden({ input, complain }: Terminal, question: string): Promise<string> {
  // First: what is typed while the question is being written must not be shown either.
  input.setRawMode?.(true)
  complain(question)
  input.resume()
  input.setEncoding('utf8')
  try {
    return await hiddenLine(input)
  } finally {
    input.setRawMode?.(false)
    input.pause()
  }
}

function hiddenLine(input: Input): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = []
    const onData = (chunk: string | Buffer) => {
      for (const key of chunk.toString()) {
        if (key === INTERRUPT) return done(() => reject(new Problem('invalid', { detail: 'Stopped.' })))
        if (ENTER.includes(key)) return done(() => resolve(typed.join('')))
        typed = ERASE.includes(key) ? typed.slice(0, -1) : [...typed, key]
      }
    }
    const done = (settle: () => void) => {
      input.off('data', onData)
      settle()
    }
    input.on('data', onData)
  })
}

// What a command is: one table of these gives parsing, help and running.
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import type { Given, Option } from '../admin/typed/option.ts'
import type { Assembly } from '../assemble.ts'
import type { Environment } from '../config.ts'
import type { Terminal } from './terminal.ts'

/** One JSON object for scripts, some lines for people. */
export type Outcome = {
  json: Record<string, unknown>
  lines: string[]
  /** absent: true */
  ok?: boolean
}

/** Where a command runs. */
export type Room = {
  env: Environment
  terminal: Terminal
  /** for a script: asks nobody anything */
  json: boolean
  /** The installation's parts, open while `work` runs; the server may be running on the same store. */
  withParts<T>(work: (parts: Assembly) => Promise<T>): Promise<T>
}

export type About = {
  /** 'user add' */
  name: string
  operands: readonly string[]
  /** an operand that may be left away, after the others */
  optional?: string
  summary: string
  options: Readonly<Record<string, Option>>
}

export type Command = About & {
  /** Undefined where the command has said all itself. @throws {Problem} */
  run(given: Given, room: Room): Promise<Outcome | undefined>
}

type Schema<Input> = Parameters<typeof parseOrRefuse<Input>>[0]

/** Operands and options are checked by `input` before `run` sees them. */
export function command<Input>(
  about: About & { input: Schema<Input>; run(input: Input, room: Room): Promise<Outcome | undefined> },
): Command {
  const { input, run, ...rest } = about
  return { ...rest, run: (given, room) => run(parseOrRefuse(input, given), room) }
}

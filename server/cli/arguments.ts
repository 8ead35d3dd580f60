// From words on a command line to a command and what was given to it.
import { parseArgs } from 'node:util'
import { Problem } from '../../protocol/problems.ts'
import type { Given } from '../admin/typed/option.ts'
import type { Command } from './command.ts'

export type Wanted = {
  command: Command | undefined
  /** `help policy`: what begins with that word, where that is more than one command */
  topic: readonly Command[] | undefined
  given: Given
  json: boolean
  help: boolean
}

const SWITCHES = ['--json', '--help', '-h']

/** @throws {Problem} unknown-command, invalid */
export function readArguments(words: readonly string[], commands: readonly Command[]): Wanted {
  const first = words.findIndex((word) => !SWITCHES.includes(word))
  const named = first < 0 ? [] : words.slice(first)
  const asksHelp = named[0] === 'help'
  const topic = asksHelp ? topicIn(named.slice(1), commands) : undefined
  const { command, rest } = topic ? NO_COMMAND : commandIn(asksHelp ? named.slice(1) : named, commands)
  const { values, positionals } = parsed([...words.slice(0, first), ...rest], command)
  const { json, help, ...options } = values
  const wanted = { command, topic, json: json === true, help: asksHelp || help === true }
  return { ...wanted, given: wanted.help ? {} : { ...options, ...operandsOf(command, positionals) } }
}

const NO_COMMAND = { command: undefined, rest: [] }

function topicIn(words: readonly string[], commands: readonly Command[]): readonly Command[] | undefined {
  const [word, ...others] = words.filter((word) => !SWITCHES.includes(word))
  const topic = commands.filter(({ name }) => name.split(' ')[0] === word)
  return others.length === 0 && topic.length > 1 ? topic : undefined
}

/** Of `directory` and `directory try` the one that says more of what was typed. */
function commandIn(words: readonly string[], commands: readonly Command[]) {
  const fitting = commands.filter(({ name }) => name.split(' ').every((part, index) => words[index] === part))
  const command = fitting.toSorted((one, other) => other.name.length - one.name.length)[0]
  if (command) return { command, rest: words.slice(command.name.split(' ').length) }
  const [typed] = words
  if (typed === undefined) return NO_COMMAND
  const similar = commands.filter(({ name }) => name.startsWith(`${typed} `)).map(({ name }) => name)
  const known = similar.length > 0 ? `there are: ${similar.join(', ')}` : '`npx countersign help` lists them'
  throw new Problem('unknown-command', { detail: `There is no such command; ${known}.` })
}

function parsed(words: readonly string[], command: Command | undefined) {
  const options = Object.entries(command?.options ?? {}).map(([name, { value, multiple }]) => {
    return [name, { type: value ? 'string' : 'boolean', multiple: multiple ?? false }] as const
  })
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        ...Object.fromEntries(options),
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    if (!(error instanceof TypeError && 'code' in error)) throw error
    // Its first sentence names the option, never its value.
    throw new Problem('invalid', { detail: `${error.message.split(/\.\s/)[0]}.` })
  }
}

function operandsOf(command: Command | undefined, positionals: string[]): Record<string, string> {
  const operands = command?.operands ?? []
  const missing = operands[positionals.length]
  if (missing !== undefined) {
    throw new Problem('invalid', {
      detail: `The <${missing}> is missing.`,
      members: { errors: { [`/${missing}`]: 'is missing' } },
    })
  }
  const all = command?.optional === undefined ? operands : [...operands, command.optional]
  if (positionals.length > all.length) throw new Problem('invalid', { detail: 'There is an argument too many.' })
  return Object.fromEntries(positionals.map((value, index) => [all[index] ?? '', value]))
}

// Help, told from the table of commands.
import { table } from '../admin/typed/table.ts'
import type { About } from './command.ts'

const EVERYWHERE: [string, string][] = [
  ['--json', 'prints one JSON object; a problem document on stderr where it fails'],
  ['--help', 'shows this'],
]

export function overview(commands: readonly About[]): string[] {
  return [
    'Countersign: people approve their sign-ins on a device of theirs.',
    '',
    'Usage: npx countersign <command> [options]',
    '',
    ...inBlocks(commands),
    '',
    ...indented(EVERYWHERE),
    '',
    'Settings come from the environment; `npx countersign check` says what is wrong with them.',
  ]
}

/** `help policy`: the commands that begin with that word. */
export function helpOn(commands: readonly About[]): string[] {
  return [...indented(commands.map(row)), '', '`npx countersign help <command>` says more of one.']
}

export function helpFor(about: About): string[] {
  const { summary, options } = about
  const told = Object.entries(options).map(([option, { value, about }]): [string, string] => [
    value ? `--${option} ${value}` : `--${option}`,
    about,
  ])
  return [`npx countersign ${usage(about)}: ${summary}`, '', ...indented([...told, ...EVERYWHERE])]
}

function withOperands({ name, operands, optional }: About): string {
  const given = operands.map((operand) => `<${operand}>`)
  return [name, ...given, ...(optional === undefined ? [] : [`[${optional}]`])].join(' ')
}

/** With the options that it does nothing without. */
function usage(about: About): string {
  const needed = Object.entries(about.options).filter(([, { needed }]) => needed)
  return [withOperands(about), ...needed.map(([option, { value }]) => `--${option} ${value}`)].join(' ')
}

const row = (about: About): [string, string] => [withOperands(about), about.summary]

/** What stands alone comes first, then a block for each word that several begin with. */
function inBlocks(commands: readonly About[]): string[] {
  const topics = [...Map.groupBy(commands, ({ name }) => name.split(' ')[0]).values()]
  const blocks = [topics.filter((topic) => topic.length === 1).flat(), ...topics.filter((topic) => topic.length > 1)]
  const rows = blocks.flatMap((block) => [...block.map(row), ['', '']] as [string, string][])
  return indented(rows.slice(0, -1))
}

function indented(rows: [string, string][]): string[] {
  return table(rows).map((line) => `  ${line}`.trimEnd())
}

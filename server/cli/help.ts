// Help, told from the table of commands.
import type { About } from './command.ts'
import { table } from './table.ts'

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
    ...indented(commands.map((about) => [withOperands(about), about.summary])),
    '',
    ...indented(EVERYWHERE),
    '',
    'Settings come from the environment; `npx countersign check` says what is wrong with them.',
  ]
}

export function helpFor(about: About): string[] {
  const { summary, options } = about
  const told = Object.entries(options).map(([option, { value, about }]): [string, string] => [
    value ? `--${option} ${value}` : `--${option}`,
    about,
  ])
  return [`npx countersign ${withOperands(about)}: ${summary}`, '', ...indented([...told, ...EVERYWHERE])]
}

function withOperands({ name, operands, optional }: About): string {
  const given = operands.map((operand) => `<${operand}>`)
  return [name, ...given, ...(optional === undefined ? [] : [`[${optional}]`])].join(' ')
}

function indented(rows: [string, string][]): string[] {
  return table(rows).map((line) => `  ${line}`)
}

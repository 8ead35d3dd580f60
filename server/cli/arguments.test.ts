import { describe, expect, it } from 'vitest'
import { Problem } from '../../protocol/problems.ts'
import { readArguments } from './arguments.ts'
import { COMMANDS } from './commands.ts'

const read = (line: string) => readArguments(line.split(' ').filter(Boolean), COMMANDS)

function refusal(line: string): { slug: string; detail: string } {
  try {
    read(line)
  } catch (error) {
    if (error instanceof Problem) return { slug: error.slug, detail: error.message }
    throw error
  }
  throw new Error('it was accepted')
}

describe('a command line', () => {
  it('names a command, its operands and its options in any order', () => {
    const { command, given, json } = read('enrol --digits 3 alice --json')
    expect(command?.name).toBe('enrol')
    expect(given).toEqual({ digits: '3', username: 'alice' })
    expect(json).toBe(true)
  })

  it('may begin with --json', () => {
    expect(read('--json user list')).toMatchObject({ json: true, command: { name: 'user list' } })
  })

  it('may give an option more than once where it says so', () => {
    expect(read('app add x --redirect-uri a --redirect-uri b').given).toMatchObject({ 'redirect-uri': ['a', 'b'] })
  })

  it.each(['', '--help', 'help', '-h'])('of "%s" asks for the overview', (line) => {
    expect(read(line).command).toBeUndefined()
  })

  it.each(['help user add', 'user add --help', 'user add -h'])('of "%s" asks for help, whatever is missing', (line) => {
    expect(read(line)).toMatchObject({ help: true, command: { name: 'user add' } })
  })

  it.each(COMMANDS)('reaches $name', ({ name, operands }) => {
    const { command, given } = read([name, ...operands.map((operand) => `an-${operand}`)].join(' '))
    expect([command?.name, Object.keys(given)]).toEqual([name, operands])
  })

  it('of "help policy" asks for all that begins with that word', () => {
    const { command, topic } = read('help policy')
    expect(command).toBeUndefined()
    expect(topic?.map(({ name }) => name)).toContain('policy explain')
  })

  it.each(['nonsense', 'user', 'user ad alice', 'help nonsense', 'nonsense --json --x'])(
    'of "%s" is unknown',
    (line) => {
      expect(refusal(line).slug).toBe('unknown-command')
    },
  )

  it('that names half a command is told the other halves', () => {
    expect(refusal('token').detail).toContain('token list, token suspend, token resume, token revoke')
  })

  it.each(['user add', 'user add a b', 'user add a --nope', 'enrol a --digits'])('of "%s" is not valid', (line) => {
    expect(refusal(line).slug).toBe('invalid')
  })

  it('never has a password, and does not repeat one that was tried', () => {
    expect(refusal('user add alice --password=hunter2').detail).not.toContain('hunter2')
    expect(refusal('user add alice hunter2').detail).not.toContain('hunter2')
  })
})

import { expect, it } from 'vitest'
import { COMMANDS } from './commands.ts'
import { helpFor, overview } from './help.ts'

const blocks = overview(COMMANDS)
  .join('\n')
  .split('\n\n')
  .map((block) => block.split('\n').map((line) => line.trim().split(' ')[0]))

it('puts together what begins with the same word, and first what stands alone', () => {
  const [start, ...topics] = blocks.slice(2, -2)
  expect(start).toContain('enrol')
  expect(topics.filter((words) => words.length < 2 || new Set(words).size > 1)).toEqual([])
})

it('leaves no command out', () => {
  const lines = overview(COMMANDS)
  expect(COMMANDS.filter(({ name }) => !lines.some((line) => `${line} `.startsWith(`  ${name} `)))).toEqual([])
})

it('names in its first line the options that a command does nothing without', () => {
  const suspending = COMMANDS.find(({ name }) => name === 'token suspend')
  expect(suspending && helpFor(suspending)[0]).toContain('npx countersign token suspend <id> --reason TEXT: ')
})

// docs/standards.md: every clause has a test, and every test that it names is there.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const page = readFileSync(join(ROOT, 'docs/standards.md'), 'utf8')
const [met = '', unmet = ''] = page.split('## Not met')

/** The rows of all tables, without their heads. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('| '))
  return lines.filter((_, index) => !isHead(lines, index, text)).map((line) => line.slice(2, -2).split(' | '))
}

const isHead = (lines: readonly string[], index: number, text: string) => text.includes(`${lines[index]}\n| ---`)

/** `file` “words of the test’s title” */
const namedIn = (cell: string) =>
  [...cell.matchAll(/`([^`]+\.(?:test|e2e)\.ts)` “([^”]+)”/g)].map(([, file = '', title = '']) => ({ file, title }))

/** Of tests and of what they are in: what stands behind the first quote of the call. */
function titlesOf(file: string): string[] {
  const calls = readFileSync(join(ROOT, file), 'utf8').matchAll(
    /^\s*(?:it|test|describe)\b[^\n]*?\(\s*(['"`])(.*?)\1,/gm,
  )
  return [...calls].map(([, , title = '']) => title)
}

const clauses = rowsOf(met).filter(([clause]) => !clause?.startsWith('---'))

describe('each clause', () => {
  it.each(clauses.map((cells) => ({ clause: cells.slice(0, -1).join(', '), shown: cells.at(-1) ?? '' })))(
    '$clause: is shown by tests that are there',
    ({ shown }) => {
      const named = namedIn(shown)
      expect(named.length).toBeGreaterThan(0)
      for (const { file, title } of named) expect(titlesOf(file)).toContain(title)
    },
  )

  it('is one of many: the page is read as it is written', () => {
    expect(clauses.length).toBeGreaterThan(40)
  })
})

it('what is not met says what to do until then', () => {
  for (const [, missing, instead] of rowsOf(unmet)) expect([missing, instead]).not.toContain('')
})

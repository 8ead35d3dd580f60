// docs/standards.md speaks of every clause that it has to; every clause has a test, and every test that it names is there.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const page = readFileSync(join(ROOT, 'docs/standards.md'), 'utf8')

/** What the page must say of: that it is met, not applicable, or not met; by so many rows, where a section asks for more. */
const CLAUSES = {
  'SP 800-63B-4': [
    '3.1.1.2×13 3.1.2.2×4 3.1.3.1×5 3.1.3.2×8 3.1.3.3 3.1.3.4 3.1.4.1×2 3.1.4.2×5 3.1.5.1 3.1.5.2×2 3.2.1 3.2.2×5',
    '3.2.3 3.2.4 3.2.5 3.2.6 3.2.7 3.2.8 3.2.9 3.2.10×3 3.2.11 3.2.12 3.2.13 4.1×2 4.1.1 4.1.2.1 4.1.2.2×3 4.1.3',
    '4.1.4 4.2.1.1×2 4.2.1.2 4.2.1.3 4.2.1.4 4.2.2.1 4.2.2.2 4.2.2.3 4.2.3 4.3 4.4 4.5 4.6 5.1 5.2 5.3',
  ],
  'RFC 8725': ['3.1 3.2 3.3 3.4 3.5 3.6 3.7 3.8×2 3.9 3.10 3.11 3.12'],
  // Chapters 2 and 3 whole, of the others what concerns a server like ours; what only level 3 asks for is left out.
  ASVS: [
    '1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 1.10 1.11 1.12 1.13 1.14 2.1.1 2.1.2 2.1.3 2.1.4 2.1.5 2.1.6 2.1.7 2.1.8',
    '2.1.9 2.1.10 2.1.11 2.1.12 2.2.1 2.2.2 2.2.3 2.2.4 2.3.1 2.3.2 2.3.3 2.4.1 2.4.2 2.4.3 2.4.4 2.4.5 2.5.1 2.5.2',
    '2.5.3 2.5.4 2.5.5 2.5.6 2.5.7 2.6.1 2.6.2 2.6.3 2.7.1 2.7.2 2.7.3 2.7.4 2.7.5 2.7.6×2 2.8.1 2.8.2 2.8.3 2.8.4',
    '2.8.5 2.8.6 2.8.7 2.9.1 2.9.2 2.9.3 2.10.1 2.10.2 2.10.3 2.10.4 3.1.1 3.2.1 3.2.2 3.2.3 3.2.4 3.3.1 3.3.2 3.3.3',
    '3.3.4 3.4.1 3.4.2 3.4.3 3.4.4 3.4.5 3.5.1 3.5.2 3.5.3 3.7.1 4.1.1 4.1.2 4.1.3 4.2.1 4.2.2 4.3.1 4.3.3 5.1.2',
    '5.1.3 5.1.4 5.1.5 5.2.3 5.2.6 5.2.7 5.3.1 5.3.3 5.3.4 5.3.7 5.4 5.5.1 5.5.2 5.5.3 5.5.4 6.1 6.2.1 6.2.2 6.2.3',
    '6.2.4 6.2.5 6.2.6 6.3.1 6.4.1 6.4.2 7.1.1 7.1.3 7.1.4 7.2.1 7.3.3 7.4.1 7.4.2 7.4.3 8.1.1 8.1.4 8.2.1 8.2.2',
    '8.3.1 8.3.2 8.3.5 8.3.6 8.3.8 9.1.1 9.2.1 9.2.2 9.2.3 9.2.4 10.1 10.2.1 10.3.2 11.1.1 11.1.3 11.1.4 11.1.6',
    '11.1.7 11.1.8 12.1.1 12.2.1 12.3 12.4 12.5.2 12.6.1 13.1.4 13.1.5 13.2.1 13.2.2 13.2.3 13.3 13.4 14.1.1 14.2.4',
    '14.2.5 14.3.2 14.3.3 14.4.3 14.4.4 14.4.5 14.4.6 14.4.7 14.5.1 14.5.3 14.5.4',
  ],
}
/** The same of those whose demands have no numbers. */
const DEMANDS = {
  CISA: [
    'the number is on the page and typed on the device',
    'a person who is flooded sees so, and is not offered the quick way',
    'the organisation learns of it',
  ],
  'Microsoft Entra ID': [
    ...['Discovery×4', 'Metadata caching', 'Entra’s metadata', 'Validating tokens', 'Entra’s call×5', 'Use of claims'],
    'Processing the response×5',
  ],
}
type Standard = keyof typeof CLAUSES
const STANDARDS = Object.keys(CLAUSES) as Standard[]

/** The rows of all tables, without their heads. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
  return lines.filter((line) => !text.includes(`${line}\n| ---`)).map((line) => line.slice(2, -2).split(' | '))
}

const chapters = page.split(/^## /m).slice(1)
const chapterOf = (name: string) => chapters.find((text) => text.split('\n')[0]?.includes(name)) ?? ''
const unmet = rowsOf(chapterOf('Not met'))
const inapplicable = rowsOf(chapterOf('Not applicable'))
const met = chapters.filter((text) => !text.startsWith('Not ')).flatMap(rowsOf)

/** The numbers in a cell; `a.1–a.3` are three. */
function numbersIn(cell: string): string[] {
  return [...cell.matchAll(/(\d+(?:\.\d+)+)(?:–[\d.]*?(\d+)(?![\d.]))?/g)].flatMap(([, first = '', last]) => {
    const [, stem = '', from = ''] = /^(.*\.)(\d+)$/.exec(first) ?? []
    return Array.from({ length: Number(last ?? from) - Number(from) + 1 }, (_, n) => stem + (Number(from) + n))
  })
}

/** A cell of the last two tables names its standard, once for all numbers that follow. */
const numbersOf = (cell: string, standard: Standard) =>
  cell
    .split(/(?=SP 800-63B-4 |RFC 8725 |ASVS )/)
    .flatMap((part) => (part.startsWith(standard) ? numbersIn(part.slice(standard.length)) : []))

function spokenOf(standard: Standard): string[] {
  const own = rowsOf(chapterOf(standard)).flatMap(([cell = '']) => numbersIn(cell))
  return [...own, ...[...inapplicable, ...unmet].flatMap(([cell = '']) => numbersOf(cell, standard))]
}

/** `file` “words of the test’s title” */
const namedIn = (cell: string) =>
  [...cell.matchAll(/`([^`]+\.(?:test|e2e)\.ts)` “([^”]+)”/g)].map(([, file = '', title = '']) => ({ file, title }))

/** Of tests and of what they are in: what stands behind the first quote of the call. */
function titlesOf(file: string): string[] {
  const calls = readFileSync(join(ROOT, file), 'utf8').matchAll(
    /^\s*(?:(?:it|test|describe)\b[^\n]*?\(|\]\)\(|\)\()\s*(['"`])(.*?)\1,/gm,
  )
  return [...calls].map(([, , title = '']) => title)
}

describe('each clause', () => {
  it.each(met.map((cells) => ({ clause: cells.slice(0, -1).join(', '), shown: cells.at(-1) ?? '' })))(
    '$clause: is shown by tests that are there',
    ({ shown }) => {
      const named = namedIn(shown)
      expect(named.length).toBeGreaterThan(0)
      for (const { file, title } of named) expect(titlesOf(file)).toContain(title)
    },
  )

  it('is one of many: the page is read as it is written', () => {
    expect(met.length).toBeGreaterThan(120)
    expect(numbersIn('4.1.1–4.1.3, §5.1.3, 2.1.9–2.1.11, 1.1–1.3')).toEqual(
      '4.1.1 4.1.2 4.1.3 5.1.3 2.1.9 2.1.10 2.1.11 1.1 1.2 1.3'.split(' '),
    )
    expect(numbersOf('SP 800-63B-4 §3.1.1.2, §4.1, ASVS 2.4.5', 'ASVS')).toEqual(['2.4.5'])
    expect(numbersOf('SP 800-63B-4 §3.1.1.2, §4.1, ASVS 2.4.5', 'SP 800-63B-4')).toEqual(['3.1.1.2', '4.1'])
  })
})

/** How often each is there, in the spelling of the lists above. */
function tally(clauses: readonly string[]): string[] {
  const times = Map.groupBy(clauses, (clause) => clause)
  return [...times].map(([clause, { length }]) => (length === 1 ? clause : `${clause}×${length}`)).sort()
}

describe('the page leaves out', () => {
  it.each(STANDARDS)('no clause of %s: it is met, not applicable, or not met', (standard) => {
    expect(tally(spokenOf(standard))).toEqual(CLAUSES[standard].flatMap((line) => line.split(' ')).sort())
  })

  it.each(Object.entries(DEMANDS))('no demand of %s', (name, demands) => {
    expect(tally(rowsOf(chapterOf(name)).map(([cell = '']) => cell))).toEqual([...demands].sort())
  })
})

it('what does not apply says why, and what is not met what to do until it is', () => {
  for (const cells of [...inapplicable, ...unmet]) expect(cells).not.toContain('')
  expect(inapplicable.filter(({ length }) => length !== 2)).toEqual([])
  expect(unmet.filter(({ length }) => length !== 3)).toEqual([])
  for (const [clause = ''] of [...inapplicable, ...unmet])
    expect([clause, STANDARDS.some((standard) => numbersOf(clause, standard).length > 0)]).toEqual([clause, true])
})

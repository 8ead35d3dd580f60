import { describe, expect, it } from 'vitest'
import { readCsv, withoutGuard } from '../../../protocol/csv-reader.ts'
import { csvOf } from './csv.ts'

const columns = [
  { id: 'name', label: 'Name', text: ({ name }: { name: string }) => name },
  { id: 'length', label: 'Length', text: ({ name }: { name: string }) => String(name.length) },
]
const lines = (...names: string[]) =>
  csvOf(
    columns,
    names.map((name) => ({ name })),
  )
    .replace('\ufeff', '')
    .split('\r\n')
    .slice(1, -1)

describe('a table as a file', () => {
  it('has its headings, and says that it is UTF-8', () => {
    expect(csvOf(columns, [{ name: 'Ann' }])).toBe('\ufeffName,Length\r\nAnn,3\r\n')
  })

  it('keeps commas, quotes and line ends inside their cell', () => {
    expect(lines('a,b', 'say "hi"', 'two\nlines')).toEqual(['"a,b",3', '"say ""hi""",8', '"two\nlines",9'])
  })

  it.each([';=1+1', 'Bob; +1', 'a,"=1', "a;'=1"])('makes %j no formula where a spreadsheet cuts at it', (name) => {
    const [cell = ''] = readCsv(csvOf(columns, [{ name }]))
      .map(({ cells }) => cells[0] ?? '')
      .drop(1)
    expect(cell).not.toMatch(/[;,]\s*"*[=+]/)
    expect(withoutGuard(cell)).toBe(name)
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('makes %j no formula', (name) => {
    expect(csvOf(columns, [{ name }])).toContain(`"'${name}"`)
  })
})

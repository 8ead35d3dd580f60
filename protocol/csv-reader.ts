// Reads what spreadsheets write (RFC 4180): quoted cells, line breaks in them, and `,`, `;` or tabs between, whichever
// the first line has. Every record knows the line it begins on.
import { FORMULA } from './csv.ts'

export type CsvRecord = { line: number; cells: string[] }

/** Where a text stops being CSV. */
export class CsvFault extends Error {
  readonly line: number
  constructor(line: number, message: string) {
    super(message)
    this.name = 'CsvFault'
    this.line = line
  }
}

/** Empty lines are none. @throws {CsvFault} */
export function* readCsv(text: string): Generator<CsvRecord> {
  const source = text.startsWith('\ufeff') ? text.slice(1) : text
  const separator = separatorOf(source)
  let at = 0
  let line = 1
  while (at < source.length) {
    const record: CsvRecord = { line, cells: [] }
    for (;;) {
      const cell = source[at] === '"' ? quoted(source, at, line) : bare(source, at, separator)
      record.cells.push(cell.text)
      at = cell.end
      line += cell.breaks
      if (source[at] !== separator) break
      at++
    }
    if (at < source.length && source[at] !== '\n' && source[at] !== '\r')
      throw new CsvFault(line, 'has something after a closing quotation mark')
    at += source.startsWith('\r\n', at) ? 2 : 1
    line++
    if (record.cells.some((cell) => cell.trim() !== '')) yield record
  }
}

/** The one that is most often in the first line. */
function separatorOf(source: string): string {
  const first = /^[^\r\n]*/.exec(source)?.[0] ?? ''
  const count = (mark: string) => first.split(mark).length
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best))
}

type Cell = { text: string; end: number; breaks: number }

function bare(source: string, start: number, separator: string): Cell {
  let end = start
  while (end < source.length && source[end] !== separator && source[end] !== '\n' && source[end] !== '\r') end++
  return { text: source.slice(start, end), end, breaks: 0 }
}

function quoted(source: string, start: number, line: number): Cell {
  let text = ''
  let from = start + 1
  for (;;) {
    const quote = source.indexOf('"', from)
    if (quote < 0) throw new CsvFault(line, 'has a quotation mark that is never closed')
    text += source.slice(from, quote)
    if (source[quote + 1] !== '"') return { text, end: quote + 1, breaks: text.split(/\r\n|\r|\n/).length - 1 }
    text += '"'
    from = quote + 2
  }
}

/** `csvLine` has made cells that begin like formulas harmless; this takes that back. */
export function withoutGuard(cell: string): string {
  const begun = cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell
  return begun.replaceAll(/([;,]\s*"*)'('*[=+\-@\t\r])/g, '$1$2')
}

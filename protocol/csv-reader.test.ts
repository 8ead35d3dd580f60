import { describe, expect, it } from 'vitest'
import { csvLine } from './csv.ts'
import { CsvFault, readCsv, withoutGuard } from './csv-reader.ts'

const cells = (text: string) => [...readCsv(text)].map((record) => record.cells)

describe('a file of a spreadsheet', () => {
  it.each([
    [
      'a,b\r\nc,d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a;b\nc;d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a\tb\rc\td\r',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['\ufeffa,b\n', [['a', 'b']]],
    ['"a","b ""x"""\n', [['a', 'b "x"']]],
    ['"a,b"\n', [['a,b']]],
    [
      'a,\n,b\n',
      [
        ['a', ''],
        ['', 'b'],
      ],
    ],
    ['\n\na\n,,\n', [['a']]],
    ['', []],
  ])('%j is read', (text, read) => expect(cells(text)).toEqual(read))

  it('says of each record on which line it begins, also after cells of several lines', () => {
    const lines = [...readCsv('a,b\n"x\ny",1\n\n"p\r\nq\r\n",2\r\nlast,3')].map(({ line, cells: [first] }) => [
      line,
      first,
    ])
    expect(lines).toEqual([
      [1, 'a'],
      [2, 'x\ny'],
      [5, 'p\r\nq\r\n'],
      [8, 'last'],
    ])
  })

  it.each([
    ['a\n"b', 2, /never closed/],
    ['a\n"b"c\n', 2, /after a closing/],
  ])('%j is refused with its line', (text, line, said) => {
    const read = () => cells(text)
    expect(read).toThrow(said)
    expect(read).toThrow(expect.objectContaining({ line }))
    expect(read).toThrow(CsvFault)
  })

  it.each([' =1+1', '\ufeff=1', '\u200b@x', '＝1', '－1'])('%j is no formula in the file', (text) => {
    expect(csvLine([text]).replace('"', '')).toMatch(/^'/)
  })

  it.each(['=1+1', '+49', '-x', '@x', '\tx', "'x", 'a"b', 'a,b', 'two\nlines', '', ' =1', '\ufeff=1+1', '＝1', "' +1"])(
    '%j comes back as it was written',
    (text) => {
      const [record] = [...readCsv(csvLine([text, 'x']))]
      expect(withoutGuard(record?.cells[0] ?? '')).toBe(text)
    },
  )
})

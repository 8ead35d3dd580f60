import { describe, expect, it } from 'vitest'
import type { Column } from './columns.ts'
import { matching } from './matching.ts'

type Row = { name: string; kind: string; at: string }
const columns: Column<Row>[] = [
  { id: 'name', label: 'Name', text: ({ name }) => name },
  { id: 'kind', label: 'Kind', text: ({ kind }) => kind },
  { id: 'at', label: 'Made', text: ({ at }) => at },
]
const rows: Row[] = [
  { name: 'Zoë’s Harbour', kind: 'OpenID Connect', at: '2026-01-01T00:00:00.000Z' },
  { name: 'Lighthouse', kind: 'API', at: '2026-01-01T00:00:00.000Z' },
  { name: 'harbour pilots', kind: 'API', at: '2026-01-01T00:00:00.000Z' },
]
const found = (typed: string) => matching(columns, rows, typed).map(({ name }) => name)

describe('a list that is searched', () => {
  it('holds the rows in which every word stands somewhere, in any spelling', () => {
    expect(found('HARBOUR')).toEqual(['Zoë’s Harbour', 'harbour pilots'])
    expect(found('zoe')).toEqual(['Zoë’s Harbour'])
    expect(found('  api harb ')).toEqual(['harbour pilots'])
    expect(found('lighthouse connect')).toEqual([])
  })

  it('is whole where nothing is typed, and takes signs for what they are', () => {
    expect(found('   ')).toHaveLength(3)
    expect(found('.*')).toEqual([])
  })

  it('does not look at times', () => {
    expect(found('1')).toEqual([])
  })

  it('finds nothing across two columns', () => {
    expect(found('lighthouseapi')).toEqual([])
  })
})

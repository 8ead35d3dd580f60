// The rows of a list in which everything that was typed stands somewhere: written with its accents or without.
import type { Column } from './columns.ts'

/** Shown another way, and full of figures that nobody means. */
const TIME = /^\d{4}-\d\d-\d\dT/
const bare = (text: string) => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()

export function matching<Row>(columns: readonly Column<Row>[], rows: readonly Row[], typed: string): readonly Row[] {
  const words = bare(typed).split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  return rows.filter((row) => {
    const texts = columns.map(({ text }) => text(row)).filter((text) => !TIME.test(text))
    const all = bare(texts.join('\n'))
    return words.every((word) => all.includes(word))
  })
}

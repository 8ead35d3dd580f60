// What readers of a page of docs/integrate are to paste, as it stands there.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The blocks of one language, first to last, with the reader's own values put in. */
export function blocksOf(page: string, language: string, values: Record<string, string> = {}): string[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs/integrate', page), 'utf8')
  const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, marked]) => marked === language)
  return blocks.map(([, , block = '']) =>
    Object.entries(values).reduce((filled, [of, value]) => {
      if (!filled.includes(of)) throw new Error(`no block of ${page} in ${language} names ${of}`)
      return filled.replaceAll(of, value)
    }, block),
  )
}

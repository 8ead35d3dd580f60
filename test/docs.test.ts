// What the documents name exists, and what they repeat from the code is still so.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../protocol/limits.ts'
import { PROBLEMS } from '../protocol/problems.ts'
import { COMMANDS } from '../server/cli/commands.ts'
import { unknownVariables, variables } from '../server/config.ts'
import worked from './vectors/worked-example.json' with { type: 'json' }

const ROOT = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const inFolder = readdirSync(join(ROOT, 'docs'), { recursive: true }).map((path) => join('docs', String(path)))
const atTop = readdirSync(ROOT)
const documents = [...inFolder, ...atTop].filter((path) => path.endsWith('.md'))
const protocol = read('docs/protocol.md')

describe.each(documents)('%s', (document) => {
  const text = read(document)

  it('leads to pages and headings that exist', () => {
    expect(linksOf(text).filter((link) => !leadsSomewhere(document, link))).toEqual([])
  })

  it('has tables whose rows have as many cells as their head', () => {
    expect(tablesIn(text).flatMap(([head = '', ...rows]) => rows.filter((row) => cells(row) !== cells(head)))).toEqual(
      [],
    )
  })

  it('names files that exist', () => {
    expect(pathsIn(text).filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })
})

it('shows every picture that is kept, and keeps every one that is shown', () => {
  const kept = readdirSync(join(ROOT, 'docs/pictures')).map((name) => join('docs/pictures', name))
  const shown = documents.flatMap((document) =>
    [...read(document).matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path = '']) => join(dirname(document), path)),
  )
  expect([...new Set(shown)].sort()).toEqual(kept.sort())
})

it('lists every decision', () => {
  const pages = readdirSync(join(ROOT, 'docs/decisions')).filter((name) => name !== 'README.md')
  expect(linksOf(read('docs/decisions/README.md')).sort()).toEqual(pages.sort())
})

describe('the protocol page', () => {
  it.each(Object.entries(PROBLEMS))('lists the problem %s with its status', (slug, { status }) => {
    expect(protocol).toContain(`| **${slug}** | ${status} |`)
  })

  it.each(Object.entries(DEFAULT_LIMITS))('lists the limit %s with its default', (name, limit) => {
    expect(protocol).toContain(`| \`${name}\` | \`${JSON.stringify(limit).replace(/([:,])/g, '$1 ')}\` |`)
  })

  it.each(values(worked).filter((value) => value !== worked.source))('works its example out as %s', (value) => {
    expect(protocol).toContain(value.replace(/^2026-01-01T00:00:00Z$/, `at ${value}`))
  })
})

/** Of the programs that ask this server, not its own. */
const API_KEY = 'COUNTERSIGN_KEY'

describe.each(documents.filter((path) => !path.startsWith('docs/decisions/')))('of what is typed, %s', (document) => {
  const text = read(document)

  it('names variables that mean something', () => {
    const named = [...text.matchAll(/COUNTERSIGN_[A-Z_]+[A-Z]/g)].map(([name]) => [name, 'x'])
    expect(unknownVariables(Object.fromEntries(named)).filter((name) => name !== API_KEY)).toEqual([])
  })

  it('names commands that there are', () => {
    const typed = [...text.matchAll(/npx countersign ([a-z-]+(?: [a-z-]+)?)/g)].map(([, words = '']) => words)
    const known = (words: string) => COMMANDS.some(({ name }) => `${words} `.startsWith(`${name} `))
    expect(typed.filter((words) => !known(words) && words.split(' ')[0] !== 'help')).toEqual([])
  })
})

it('the settings of an installation are all in one table', () => {
  const [, settings = ''] = read('docs/operate.md').split('\n## Settings\n')
  const [table = []] = tablesIn(settings)
  const named = table.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name))
  expect(named.sort()).toEqual([...variables()].filter((name) => name === name.toUpperCase()).sort())
})

/** Its rows, the line below the head left out. */
function tablesIn(text: string): string[][] {
  const tables = [...text.matchAll(/(?:^\|.*\|$\n?)+/gm)].map(([table]) => table.trim().split('\n'))
  return tables.map((rows) => rows.filter((row) => !/^[|\s:-]+$/.test(row)))
}

const cells = (row: string) => row.replaceAll('\\|', '').split('|').length

/** Targets of Markdown links within the project. */
function linksOf(text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', heading] = link.split('#')
  const target = path === '' ? document : relative(ROOT, join(ROOT, dirname(document), path))
  if (!existsSync(join(ROOT, target))) return false
  return heading === undefined || headingsOf(read(target)).includes(heading)
}

/** As forges name them: lower case, blanks to dashes, all else dropped. */
function headingsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Whatever stands in code marks and begins with one of our rooms. */
function pathsIn(text: string): string[] {
  const marked = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)*\/?)`/g)].map(([, path = '']) => path)
  return marked.filter((path) => /^(protocol|words|client|sw|server|test|docs)\//.test(path))
}

function values(of: object): string[] {
  return Object.values(of).flatMap((value) =>
    typeof value === 'object' ? values(value) : typeof value === 'string' ? [value] : [],
  )
}

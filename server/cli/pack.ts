// `node server/cli/pack.ts`: makes what packed.js looks for. Nothing is renamed, so that names in the traces of
// errors are those of the sources.
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Plugin } from 'rolldown'
import { CURRENT, changedAt, contentOf, PACKS, packedFolder, ROOT, type Source } from './packed.js'

const ENTRY = join(import.meta.dirname, 'countersign.ts')
/** Says which packages there are, in which versions. */
const PACKAGES = 'node_modules/.package-lock.json'
/** Who runs from a former pack may load the rest of it much later. */
const KEPT = 5
const BESIDE = /new URL\('([^']+)\.ts', import\.meta\.url\)/g

/** @param packs a folder; whoever starts meanwhile finds the former pack whole, or none */
export async function pack(packs: string): Promise<void> {
  const name = randomUUID()
  const folder = join(packs, name)
  const contents = new Map([[PACKAGES, contentOf(readFileSync(join(ROOT, PACKAGES)))]])
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({
    cwd: ROOT,
    input: ENTRY,
    platform: 'node',
    logLevel: 'silent',
    // A binary of the machine's own, and a driver that PostgreSQL's asks for in vain.
    external: [/^@node-rs\//, 'pg-native'],
    plugins: [reading(contents)],
  })
  const { output } = await bundle.generate({
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
    comments: false,
  })
  mkdirSync(folder, { recursive: true })
  // On disk before it is named: a machine that loses its power has a whole pack, or the former one.
  for (const made of output)
    if (made.type === 'chunk') writeFileSync(join(folder, made.fileName), inLatin1(made.code), { flush: true })
  const current = join(folder, CURRENT)
  const sources = [...contents].map(stamped)
  writeFileSync(current, JSON.stringify({ root: ROOT, folder: name, sources }), { flush: true })
  renameSync(current, join(packs, CURRENT))
  removeFormer(packs, name)
}

/** Notes each source as it is read, and has files, threads and programs of their own found beside it. */
const reading = (contents: Map<string, string>): Plugin => ({
  name: 'sources',
  transform(code, id) {
    const file = relative(ROOT, id)
    if (id.startsWith('\0')) return null
    if (!file.startsWith('node_modules')) contents.set(file, contentOf(code))
    if (!code.includes('import.meta.')) return null
    for (const [, path] of code.matchAll(BESIDE))
      this.emitFile({ type: 'chunk', id: join(dirname(id), `${path}.ts`), fileName: `${basename(path ?? '')}.mjs` })
    return code
      .replaceAll(BESIDE, (_, path) => `new URL('./${basename(path)}.mjs', import.meta.url)`)
      .replaceAll(/(?<!\.mjs', )import\.meta\.url/g, JSON.stringify(pathToFileURL(id).href))
      .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
  },
})

/** What was edited after it was read has no time at which it was as it was read. */
function stamped([file, content]: [string, string]): Source {
  const changed = changedAt(file)
  return [file, contentOf(readFileSync(join(ROOT, file))) === content ? changed : '', content]
}

/** One letter beyond Latin-1 would have V8 keep all of a file at two bytes a letter. */
const inLatin1 = (code: string) =>
  code.replaceAll(/[^\0-\xff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

function removeFormer(packs: string, current: string): void {
  const folders = readdirSync(packs, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const former = folders.filter(({ name }) => name !== current).map(({ name }) => join(packs, name))
  const ages = former.map((path) => ({ path, made: statSync(path).mtimeMs })).sort((a, b) => b.made - a.made)
  for (const { path } of ages.slice(KEPT)) rmSync(path, { recursive: true, force: true })
}

if (process.argv[1] === import.meta.filename && !packedFolder()) await pack(PACKS)

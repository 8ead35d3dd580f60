// `node server/cli/pack.ts`: makes what packed.js looks for. Nothing is made smaller or renamed, so that names in the
// traces of errors are those of the sources.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'
import { PACKED, packedProgram, ROOT, type Source, stampOf } from './packed.js'

const ENTRY = join(import.meta.dirname, 'countersign.ts')
/** Says which packages there are, in which versions. */
const PACKAGES = 'node_modules/.package-lock.json'

/** Notes each source as it is read, and has pages, threads and other programs found beside it. */
const reading = (sources: Source[]): Plugin => ({
  name: 'sources',
  transform(code, id) {
    const file = relative(ROOT, id)
    if (!file.startsWith('node_modules') && !id.startsWith('\0')) sources.push([file, stampOf(file)])
    if (!code.includes('import.meta.')) return null
    return code
      .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
      .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
  },
})

/** @param folder replaced as a whole: whoever starts meanwhile finds the former one, or none */
export async function pack(folder: string): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true })
  const made = mkdtempSync(`${folder}-`)
  const sources: Source[] = [[PACKAGES, stampOf(PACKAGES)]]
  const bundle = await rolldown({
    input: ENTRY,
    platform: 'node',
    logLevel: 'silent',
    // A binary of the machine's own, and a driver that PostgreSQL's asks for in vain.
    external: [/^@node-rs\//, 'pg-native'],
    plugins: [reading(sources)],
  })
  await bundle.write({ dir: made, entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' })
  writeFileSync(join(made, 'sources.json'), JSON.stringify({ root: ROOT, sources }))
  rmSync(folder, { recursive: true, force: true })
  renameSync(made, folder)
}

if (process.argv[1] === import.meta.filename && !packedProgram()) await pack(PACKED)

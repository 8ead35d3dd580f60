// The licences of what is delivered beside our own code: what app and worker hold, and what the server loads while it
// runs. Vite lists those of the other pages by itself.
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'

const ROOT = import.meta.dirname

type Delivered = { name: string; version: string; licence: string; text: string }

/** @param folders of sources @returns packages that they import, with all that those need; sorted */
export function packagesBehind(folders: readonly string[]): Delivered[] {
  const found = new Map<string, Delivered>()
  const wanted = folders.flatMap(importedIn).map((name) => [name, ROOT] as const)
  for (let next = wanted.pop(); next; next = wanted.pop()) {
    const [name, from] = next
    const folder = folderOf(name, from)
    if (!folder || found.has(folder)) continue
    const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    found.set(folder, { name, version: about.version, licence: licenceOf(about), text: textIn(folder) })
    for (const needed of Object.keys({ ...about.dependencies, ...about.optionalDependencies }))
      wanted.push([needed, folder])
  }
  return [...found.values()].sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1))
}

/** @param there the file as it is: what it lists is not listed again */
export function licencesBehind(folders: readonly string[], there: string): string {
  const headed = ({ name, version, licence }: Delivered) => `## ${name} - ${version} (${licence})`
  return packagesBehind(folders)
    .filter((one) => !there.includes(`## ${one.name} - ${one.version} `))
    .map((one) => `\n${headed(one)}\n\n${one.text}\n`)
    .join('')
}

function importedIn(folder: string): string[] {
  const files = globSync('**/*.{ts,vue}', { cwd: join(ROOT, folder) }).filter((file) => !file.endsWith('.test.ts'))
  return files.flatMap((file) => {
    const source = readFileSync(join(ROOT, folder, file), 'utf8')
    const names = [...source.matchAll(/(?:from|import|import\()\s*'([^'.][^']*)'/g)].map(([, name = '']) => name)
    return names.filter((name) => !isBuiltin(name)).map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name)
  })
}

/** As Node looks for it: beside whoever needs it, or further up. Undefined: optional, and not for this machine. */
function folderOf(name: string, from: string): string | undefined {
  const inside = join(from, 'node_modules', name)
  if (existsSync(join(inside, 'package.json'))) return inside
  return from === ROOT ? undefined : folderOf(name, from.slice(0, from.lastIndexOf('/node_modules')) || ROOT)
}

type About = { license?: string | { type: string }; licenses?: { type: string }[] }

function licenceOf({ license, licenses }: About): string {
  if (license) return typeof license === 'string' ? license : license.type
  return licenses?.map(({ type }) => type).join(' OR ') ?? 'not said'
}

function textIn(folder: string): string {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name))
  return file ? readFileSync(join(folder, file), 'utf8').trim() : 'The package brings no text of its own.'
}

// The program as few files does what it does from its sources, and is not used once a source has changed.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { ServerProcess } from '../../test/support/wire-process.ts'
import { pack } from './pack.ts'
import { CURRENT, PACKS, PROGRAM, packedFolder, type Source } from './packed.js'

const SOURCES = join(import.meta.dirname, 'countersign.ts')
/** Below the packages, of which it needs one. */
const packs = `${PACKS}-test-${process.pid}`
const data = mkdtempSync(join(tmpdir(), 'countersign-packed-'))
let folder = ''
let current = ''
beforeAll(async () => {
  await pack(packs)
  folder = packedFolder(packs) ?? ''
  current = readFileSync(join(packs, CURRENT), 'utf8')
}, 60_000)
beforeEach(() => writeFileSync(join(packs, CURRENT), current))
afterAll(() => {
  for (const made of [packs, data]) rmSync(made, { recursive: true, force: true })
})

const node = (...words: string[]) => spawnSync(process.execPath, words, { encoding: 'utf8' })

it('has the same commands', () => {
  const { stdout } = node(join(folder, PROGRAM), 'help')
  expect(stdout).toBe(node(SOURCES, 'help').stdout)
  expect(stdout).toContain('migrate-store')
})

it('has all that is loaded later, too', () => {
  const ofTheirOwn = ['aside-thread.mjs', 'harbour.mjs']
  const chunks = readdirSync(folder).filter((name) => name.endsWith('.mjs') && !ofTheirOwn.includes(name))
  const load = chunks.map((name) => `await import(${JSON.stringify(join(folder, name))})`).join('\n')
  const { status, stderr } = node('--input-type=module', '--eval', load)
  expect([status, stderr]).toEqual([0, ''])
  expect(chunks.length).toBeGreaterThan(10)
  const texts = chunks.map((name) => readFileSync(join(folder, name), 'utf8'))
  expect(texts.filter((text) => /[^\0-\xff]/.test(text))).toEqual([])
})

it.each([
  ['its few files', () => join(folder, PROGRAM)],
  ['its sources', () => SOURCES],
])('serves from %s, with the demonstration beside it', async (_from, program) => {
  const env = { COUNTERSIGN_DATA: data, COUNTERSIGN_DEMO: '1', PORT: '0' }
  await using server = await ServerProcess.start(env, program())
  expect(await (await fetch(`${server.origin}/readyz`)).json()).toEqual({ ok: true })
  const metadata = await fetch(`${server.origin}/oidc/.well-known/openid-configuration`)
  expect(await metadata.json()).toMatchObject({ issuer: `${server.origin}/oidc` })
  expect((await fetch(`${server.origin}/docs/api`)).status).toBeLessThan(400)
})

it('has the thread that reads aside', async () => {
  const thread = new Worker(join(folder, 'aside-thread.mjs'), { workerData: { file: join(data, 'countersign.db') } })
  thread.postMessage({ id: 1, sql: 'select 2 as n', parameters: [] })
  expect(await once(thread, 'message')).toMatchObject([{ id: 1, rows: [{ n: 2 }] }])
  await thread.terminate()
})

type Said = { root: string; folder: string; sources: Source[] }

/** @returns what is taken where the list of sources says something else */
function takenWhere(change: (said: Said) => Partial<Said>): string | undefined {
  const said = JSON.parse(current) as Said
  writeFileSync(join(packs, CURRENT), JSON.stringify({ ...said, ...change(said) }))
  return packedFolder(packs)
}

it('is taken only where every source is what it was', () => {
  const { sources } = JSON.parse(current) as Said
  expect(sources.map(([file]) => file)).toEqual(expect.arrayContaining(['server/requests/create.ts']))
  expect(sources.map(([file]) => file)).toEqual(expect.arrayContaining(['node_modules/.package-lock.json']))
  const where = (other: (source: Source) => Source) =>
    takenWhere(() => ({ sources: sources.map((source) => (source[0].endsWith('create.ts') ? other(source) : source)) }))
  expect(where((source) => source)).toBe(folder)
  expect(where(([file, , content]) => [file, 'copied', content])).toBe(folder)
  expect(where(([file]) => [file, 'edited', 'something else'])).toBeUndefined()
  expect(where(([, changed, content]) => ['server/gone.ts', changed, content])).toBeUndefined()
})

it('is not taken where it is of another folder, gone, or cut off', () => {
  expect(packedFolder(join(packs, 'nowhere'))).toBeUndefined()
  expect(takenWhere(() => ({ root: '/elsewhere' }))).toBeUndefined()
  expect(takenWhere(() => ({ folder: 'gone' }))).toBeUndefined()
  writeFileSync(join(packs, CURRENT), current.slice(0, 100))
  expect(packedFolder(packs)).toBeUndefined()
})

it('leaves the former packs to who runs from them, but not all for ever, and whoever may read the sources may read it', async () => {
  const old = [1, 2, 3, 4, 5, 6].map((n) => join(packs, `old-${n}`))
  for (const [n, path] of old.entries()) {
    mkdirSync(path)
    utimesSync(path, n, n)
  }
  await pack(packs)
  const now = packedFolder(packs) ?? ''
  expect(basename(now)).not.toBe(basename(folder))
  expect([folder, ...old].map((path) => existsSync(path))).toEqual([true, false, false, true, true, true, true])
  expect(statSync(now).mode & 0o777).toBe(0o777 & ~process.umask())
})

// The program as few files does what it does from its sources, and is not used once a source has changed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { countersign, ServerProcess } from '../../test/support/wire-process.ts'
import { pack } from './pack.ts'
import { PACKED, packedProgram, type Source } from './packed.js'

/** Below the packages, of which it needs one. */
const folder = `${PACKED}-test-${process.pid}`
const program = join(folder, 'countersign.mjs')
const data = mkdtempSync(join(tmpdir(), 'countersign-packed-'))
beforeAll(() => pack(folder), 60_000)
afterAll(() => {
  for (const made of [folder, data]) rmSync(made, { recursive: true, force: true })
})

const node = (...words: string[]) => spawnSync(process.execPath, words, { encoding: 'utf8' })

it('has the same commands', async () => {
  const { out } = await countersign({}, ['help'])
  expect(node(program, 'help').stdout).toBe(out)
})

it('has all that is loaded later, too', () => {
  const chunks = readdirSync(folder).filter((name) => name.endsWith('.mjs'))
  const load = chunks.map((name) => `await import(${JSON.stringify(join(folder, name))})`).join('\n')
  const { status, stderr } = node('--input-type=module', '--eval', load)
  expect([status, stderr]).toEqual([0, ''])
  expect(chunks.length).toBeGreaterThan(10)
})

it('serves', async () => {
  const env = { COUNTERSIGN_DATA: data, COUNTERSIGN_DEMO: '0', PORT: '0' }
  await using server = await ServerProcess.start(env, program)
  expect(await (await fetch(`${server.origin}/readyz`)).json()).toEqual({ ok: true })
  const metadata = await fetch(`${server.origin}/oidc/.well-known/openid-configuration`)
  expect(await metadata.json()).toMatchObject({ issuer: `${server.origin}/oidc` })
  expect((await fetch(`${server.origin}/docs/api`)).status).toBeLessThan(400)
})

it('is taken only where every source is as it was', () => {
  expect(packedProgram(folder)).toMatch(/countersign\.mjs$/)
  expect(packedProgram(join(folder, 'nowhere'))).toBeUndefined()
  const list = join(folder, 'sources.json')
  const said = JSON.parse(readFileSync(list, 'utf8')) as { root: string; sources: Source[] }
  expect(said.sources.map(([file]) => file)).toContain('server/requests/create.ts')
  const changed = said.sources.map(([file, stamp]) => [file, file.endsWith('create.ts') ? '1 1' : stamp])
  for (const other of [
    { ...said, sources: changed },
    { ...said, root: '/elsewhere' },
  ]) {
    writeFileSync(list, JSON.stringify(other))
    expect(packedProgram(folder)).toBeUndefined()
  }
  writeFileSync(list, JSON.stringify({ ...said, sources: [...said.sources, ['server/gone.ts', '1 1']] }))
  expect(packedProgram(folder)).toBeUndefined()
})

// dependency-cruiser can see nothing and call it well (with a compiler it doesn't know, it skips every .ts file), so
// the arrows are tested by planting imports that they forbid.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const ROOMS = ['protocol', 'words', 'client', 'sw', 'server']
const CONFIG = '.dependency-cruiser.mjs'

type Report = {
  summary: { totalCruised: number; violations: { from: string; to: string; rule: { name: string } }[] }
  modules: { source: string }[]
}

function cruise(folder: string): Promise<Report> {
  const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const options = { cwd: folder, maxBuffer: 2 ** 28 }
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [program, ...ROOMS, '--config', CONFIG, '--output-type', 'json'],
      options,
      (error, stdout) => {
        if (stdout) resolve(JSON.parse(stdout) as Report)
        else reject(error)
      },
    )
  })
}

const FORBIDDEN = [
  ['protocol/a.ts', 'words/x.ts', 'protocol-is-pure'],
  ['protocol/b.ts', 'node:fs', 'protocol-and-words-run-everywhere'],
  ['words/a.ts', 'protocol/x.ts', 'words-stand-alone'],
  ['client/device/a.ts', 'client/ui/x.ts', 'device-knows-no-page'],
  ['client/device/b.ts', 'vue', 'device-has-no-vue'],
  ['client/application/a.ts', 'client/ui/x.ts', 'application-client'],
  ['client/application/b.ts', 'zod', 'application-client-needs-nothing'],
  ['client/ui/a.ts', 'protocol/x.ts', 'ui-knows-no-domain'],
  ['client/app/a.ts', 'client/login/x.ts', 'authenticator'],
  ['client/app/b.vue', 'server/store/x.ts', 'authenticator'],
  ['client/app/tokens/a.ts', 'client/app/settings/x.ts', 'features-in-order'],
  ['client/login/a.ts', 'client/device/x.ts', 'login-page'],
  ['client/account/a.ts', 'client/app/x.ts', 'account-page'],
  ['client/console/a.ts', 'client/app/x.ts', 'console-page'],
  ['sw/a.ts', 'client/ui/x.ts', 'worker-takes-the-device-only'],
  ['server/http/a.ts', 'client/device/x.ts', 'server-knows-no-client'],
  ['server/requests/a.ts', 'server/http/x.ts', 'domain-never-imports-an-edge'],
  ['server/devices/a.ts', 'server/assemble.ts', 'domain-never-imports-an-edge'],
  ['server/operators/a.ts', 'server/admin/x.ts', 'domain-never-imports-an-edge'],
  ['server/policy/a.ts', 'server/directory/x.ts', 'domain-in-order'],
  ['server/push/b.ts', 'server/devices/x.ts', 'domain-in-order'],
  ['server/notices/a.ts', 'server/requests/x.ts', 'domain-in-order'],
  ['server/requests/d.ts', 'server/enrolment/x.ts', 'domain-in-order'],
  ['server/login/a.ts', 'server/oidc/x.ts', 'edges-in-order'],
  ['server/http/b.ts', 'server/metrics/x.ts', 'edges-in-order'],
  ['server/admin/a.ts', 'server/cli/x.ts', 'nobody-imports-the-command-line'],
  ['server/store/a.ts', 'server/devices/x.ts', 'store-knows-no-domain'],
  ['server/demo/harbour-pages.ts', 'server/store/x.ts', 'harbour-is-a-stranger'],
  ['server/push/a.ts', 'server/push/helpers/x.ts', 'no-drawers'],
  ['server/audit/a.ts', 'server/audit/lost.ts', 'resolvable'],
] as const

const ALLOWED = [
  ['sw/c.ts', 'client/device/x.ts'],
  ['server/requests/c.ts', 'server/devices/x.ts'],
  ['server/http/c.ts', 'server/requests/x.ts'],
  ['server/admin/c.ts', 'server/operators/x.ts'],
  ['server/oidc/c.ts', 'server/login/x.ts'],
  ['server/cli/c.ts', 'server/admin/x.ts'],
  ['server/demo/c.ts', 'server/store/x.ts'],
  ['client/app/c.vue', 'client/ui/x.ts'],
  ['client/console/c.vue', 'client/ui/x.ts'],
] as const

describe('the arrows between rooms', () => {
  let folder: string
  let report: Report
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-arrows-'))
    for (const name of [CONFIG, 'tsconfig.json', 'package.json']) cpSync(join(ROOT, name), join(folder, name))
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    const imports = [...FORBIDDEN, ...ALLOWED]
    for (const [from, to] of imports) plant(folder, from, to)
    for (const [, to] of imports) if (isOurs(to) && !to.endsWith('lost.ts')) write(folder, to, 'export const x = 1\n')
    write(folder, 'words/ring-a.ts', "import { b } from './ring-b.ts'\nexport const a = () => b\n")
    write(folder, 'words/ring-b.ts', "import type { a } from './ring-a.ts'\nexport const b: typeof a | 1 = 1\n")
    report = await cruise(folder)
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true }))

  const broken = (from: string) =>
    report.summary.violations.filter((violation) => violation.from === from).map(({ rule }) => rule.name)

  it.each(FORBIDDEN)('%s may not import %s', (from, _to, rule) => expect(broken(from)).toContain(rule))
  it.each(ALLOWED)('%s may import %s', (from) => expect(broken(from)).toEqual([]))
  it('form no circle, not even of types', () => expect(broken('words/ring-a.ts')).toContain('no-circles'))
})

it('every source file of the project is looked at', async () => {
  const report = await cruise(ROOT)
  const seen = new Set(report.modules.map(({ source }) => source))
  const files = (await Promise.all(ROOMS.map(sourcesOf))).flat()
  expect(files.length).toBeGreaterThan(100)
  expect(files.filter((file) => !seen.has(file))).toEqual([])
}, 60_000)

it('docs/architecture.md names every folder of the server, and none that is gone', async () => {
  const [, rooms = ''] = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8').split(/^## .+$/m)
  const named = [...rooms.matchAll(/`server\/([a-z-]+)\/`/g)].map(([, folder]) => folder)
  const entries = await readdir(join(ROOT, 'server'), { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  expect(named.sort()).toEqual(folders.sort())
})

async function sourcesOf(room: string): Promise<string[]> {
  const names = await readdir(join(ROOT, room), { recursive: true })
  return names.filter((name) => /\.(ts|vue)$/.test(name)).map((name) => join(room, name))
}

const isOurs = (path: string) => path.includes('/')

function plant(folder: string, from: string, to: string): void {
  const up = '../'.repeat(from.split('/').length - 1)
  const line = `import * as planted from '${isOurs(to) ? up + to : to}'\nconsole.log(planted)\n`
  write(
    folder,
    from,
    from.endsWith('.vue') ? `<script setup lang="ts">\n${line}</script>\n<template><p /></template>\n` : line,
  )
}

function write(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

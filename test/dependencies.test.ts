// What comes from others: which of it may run at installation, under which licences it stands, and that it is told.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { licencesBehind, packagesBehind } from '../licences.ts'

const ROOT = join(import.meta.dirname, '..')
const json = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'))

type Locked = {
  version: string
  license?: string
  hasInstallScript?: true
  dev?: true
  optional?: true
  resolved?: string
  integrity?: string
}
const locked = Object.entries<Locked>(json('package-lock.json').packages).filter(([path]) => path !== '')
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

type Part = { name: string; group?: string; purl?: string; scope?: string; hashes?: unknown }

/** What may be delivered together with Apache-2.0. */
const FREE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'MIT-0']
/** In the building of the pages only: nothing of them is delivered. */
const BUILDING = ['CC-BY-4.0', 'MPL-2.0', 'Python-2.0', '(MIT AND Zlib)', '(MIT OR CC0-1.0)']

describe('packages of others', () => {
  it('run nothing at installation but what is named', () => {
    const scripts = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path))
    const { allowScripts } = json('package.json')
    expect(Object.keys(allowScripts).sort()).toEqual([...new Set(scripts)].sort())
    expect(Object.entries(allowScripts).filter(([, may]) => may)).toEqual([['node', true]])
    expect(readFileSync(join(ROOT, 'setup.mjs'), 'utf8')).toMatch(/npm\('ci', '--ignore-scripts'/)
  })

  it('are what they were when they were locked, wherever they are fetched from', () => {
    const loose = locked.filter(
      ([, { integrity, resolved, optional }]) => !(optional || integrity?.startsWith('sha512-')) || resolved,
    )
    expect(loose.map(([path]) => path)).toEqual([])
  })

  it('stand under licences that go with ours', () => {
    const others = locked.filter(([, { dev, license }]) => !dev && ![...FREE, ...BUILDING].includes(license ?? ''))
    expect(others.map(([path, { license }]) => `${path} ${license}`)).toEqual([])
    const delivered = packagesBehind(['sw', 'server', 'protocol', 'words', 'client'])
    expect(delivered.length).toBeGreaterThan(100)
    expect(delivered.filter(({ licence }) => !FREE.includes(licence))).toEqual([])
  })

  it('are listed with their licences, those of the worker and of the server too', () => {
    const list = licencesBehind(['sw', 'server', 'protocol', 'words'], '')
    for (const name of ['workbox-precaching', 'workbox-core', 'oidc-provider', 'pg', 'kysely', 'zod'])
      expect(list).toContain(`\n## ${name} - ${json(`node_modules/${name}/package.json`).version} (`)
    const [one = ''] = /\n## zod - \S+ /.exec(list) ?? []
    expect(licencesBehind(['protocol'], one)).not.toContain('## zod')
  })

  it('are told in a bill of materials, each with its version, licence and hash', () => {
    const bill = JSON.parse(
      execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 }),
    )
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { version: json('package.json').version } },
    })
    const named = bill.components.map((one: Part) => (one.group ? `${one.group}/${one.name}` : one.name))
    for (const name of ['oidc-provider', '@hono/node-server', 'workbox-core', 'vue']) expect(named).toContain(name)
    // Those for other machines stand in the lock file without one.
    expect(named).not.toContain('vitest')
    expect(bill.components.filter((one: Part) => !one.purl || !(one.hashes || one.scope === 'optional'))).toEqual([])
  }, 60_000)
})

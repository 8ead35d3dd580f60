// docs/deploy: the server starts with nothing but the files that the image has, on a machine where it may write to its
// data alone, as nobody in particular and without any right; and its unit for systemd gives away as little.
import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { startProgram } from '../support/foreign-program.ts'
import { freePort } from '../support/free-port.ts'
import { PYTHON } from '../support/python.ts'
import { newHouse } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { WireDevice } from '../support/wire-device.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(ROOT, 'docs/deploy', file), 'utf8')
const run = promisify(execFile)

const dockerfile = read('Dockerfile')
const [, folder = ''] = /^FROM debian.*?^WORKDIR (\S+)/ms.exec(dockerfile) ?? []
const copied = [...dockerfile.matchAll(/^COPY --from=build \/opt\/countersign\/(\S+) /gm)].map(([, path = '']) => path)
const json = (instruction: string) =>
  JSON.parse(new RegExp(`^${instruction} (\\[.*\\])$`, 'm').exec(dockerfile)?.[1] ?? '')
/** What Node itself needs of a Debian: its libraries, and nothing that could be run. */
const LIBRARIES = ['/lib', '/lib64', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/etc/ssl'].filter(
  existsSync,
)

/** As the image is: read only, another user, no rights, no other process in sight. */
const confinement = (data: string) => [
  ...['--unshare-user', '--uid', '10001', '--gid', '10001', '--unshare-pid', '--unshare-ipc', '--unshare-uts'],
  ...['--cap-drop', 'ALL', '--die-with-parent', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
  ...LIBRARIES.flatMap((path) => ['--ro-bind', path, path]),
  ...copied.flatMap((path) => ['--ro-bind', join(ROOT, path), join(folder, path)]),
  ...['--bind', data, '/data', '--chdir', folder, '--remount-ro', '/'],
]

describe('a server as docs/deploy has it', () => {
  it('starts, is healthy and serves its pages, with read access to the image’s files and write access to its data', async () => {
    await using house = await newHouse('sqlite')
    const data = house.env.COUNTERSIGN_DATA ?? ''
    const port = await freePort()
    const origin = `http://localhost:${port}`
    const env = {
      COUNTERSIGN_URL: origin,
      PORT: String(port),
      HOST: '127.0.0.1',
      COUNTERSIGN_DATA: '/data',
      COUNTERSIGN_DEMO: '0',
    }
    const program = [...json('ENTRYPOINT'), ...json('CMD')]
    const server = await startProgram('bwrap', [...confinement(data), ...program], {
      ready: /^ready /m,
      env,
      cwd: ROOT,
    })
    const isHealthy = () =>
      run(process.execPath, ['-e', json('HEALTHCHECK .* CMD')[2].replaceAll('8080', String(port))])
    try {
      for (const path of ['/readyz', '/', '/console/', '/account', '/sw.js'])
        expect((await fetch(origin + path)).status, path).toBe(200)
      const device = new WireDevice({ origin, port })
      expect(said(await device.open('0'.repeat(26)))).toBe('404 unknown-code')
      await isHealthy()
    } finally {
      await server.stop()
    }
    await expect(isHealthy()).rejects.toMatchObject({ code: 1 })
    expect(globSync('*', { cwd: data })).toEqual(expect.arrayContaining(['countersign.db', 'master.key']))
  }, 60_000)

  it('has a unit that systemd understands, and that leaves it little of the machine', async () => {
    const unit = join(ROOT, 'docs/deploy/countersign.service')
    const judged = ['security', '--offline=true', '--no-pager', '--threshold=15', unit]
    const { stdout } = await run('systemd-analyze', judged, { env: { ...process.env, LC_ALL: 'C.UTF-8' } })
    const [, exposure] = /exposure level for \S+: (\d+\.\d)/.exec(stdout) ?? []
    expect(Number(exposure)).toBeLessThanOrEqual(1.5)
    expect(readFileSync(join(ROOT, 'docs/operate.md'), 'utf8')).toContain(`exposure ${exposure} of 10`)
  })

  it('is started again for as long as what it needs is not there yet', () => {
    const unit = read('countersign.service')
    const said = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1]
    const names = ['Restart', 'RestartSec', 'StartLimitIntervalSec']
    expect(Object.fromEntries(names.map((name) => [name, said(name)]))).toEqual({
      Restart: 'on-failure',
      RestartSec: '2',
      StartLimitIntervalSec: '0',
    })
    expect(said('After')).toContain('postgresql.service')
  })

  it('is told by each file only what it knows, and is the same user on the same port in all of them', () => {
    const config = readFileSync(join(ROOT, 'server/config.ts'), 'utf8')
    const files = ['Dockerfile', 'compose.yaml', 'countersign.service', 'kubernetes.yaml'].map(read)
    const named = files.flatMap((text) => text.match(/\b(COUNTERSIGN_\w+|DATABASE_URL)\b/g) ?? [])
    expect(named.filter((name) => !config.includes(`'${name}'`))).toEqual([])
    const one = (pattern: RegExp) =>
      new Set(files.flatMap((text) => [...text.matchAll(pattern)].map(([, found]) => found)))
    expect(one(/(?:USER|runAsUser:|runAsGroup:|fsGroup:|uid=|gid=)\s*(\d+)/g)).toEqual(new Set(['10001']))
    expect(one(/(?:EXPOSE|containerPort:|127\.0\.0\.1:\d+:)\s*(8\d+)/g)).toEqual(new Set(['8080']))
  })

  it('says to Docker nothing that it does not know', async () => {
    // It ends with 1 where anything stands there that is no instruction, no flag of one, or unwise.
    const lint = join(dirname(PYTHON), 'hadolint')
    expect(await run(lint, [join(ROOT, 'docs/deploy/Dockerfile')])).toMatchObject({ stdout: '' })
  })

  it('says to Docker Compose nothing that it does not know', async () => {
    const judge = 'import sys, compose_spec; compose_spec.PyCompose.from_yaml(open(sys.argv[1]).read())'
    await run(PYTHON, ['-c', judge, join(ROOT, 'docs/deploy/compose.yaml')])
  })

  it('is given by Compose every setting of its `.env`, not only those that Compose itself asks for', () => {
    const [, service = ''] = /^ {2}countersign:\n(.*?)^ {2}\w/ms.exec(read('compose.yaml')) ?? []
    expect(service).toContain('    env_file: [{ path: .env, required: false }]\n')
  })

  it.each(['1.31.0', '1.37.0'])('says to Kubernetes %s nothing that it does not know', async (version) => {
    const file = join(ROOT, 'docs/deploy/kubernetes.yaml')
    const validate = ['-m', 'kubernetes_validate', '--strict', '--kubernetes-version', version, file]
    const { stdout, stderr } = await run(PYTHON, validate)
    expect((stdout + stderr).match(/passed/g)).toHaveLength(read('kubernetes.yaml').match(/^kind: /gm)?.length ?? 0)
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { said } from '../../test/support/wire-call.ts'
import { WireOperator } from '../../test/support/wire-operator.ts'

const PROGRAM = join(import.meta.dirname, 'countersign.js')

let folder: string
let child: ChildProcess | undefined
let occupant: Server | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-start-'))
})
afterEach(() => {
  child?.kill('SIGKILL')
  occupant?.close()
  rmSync(folder, { recursive: true, force: true })
})

function launch(env: Record<string, string>, flags: string[] = []): ChildProcess {
  const basic = { PATH: process.env.PATH, COUNTERSIGN_DATA: folder, COUNTERSIGN_DEMO: '0' }
  child = spawn(process.execPath, [...flags, PROGRAM, 'start'], {
    env: { ...basic, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return child
}

function linesOf(stream: NodeJS.ReadableStream | null): AsyncIterator<string> {
  return createInterface({ input: stream as NodeJS.ReadableStream })[Symbol.asyncIterator]()
}

it.each(['SIGTERM', 'SIGINT'] as const)('says ready when it answers, and ends well after %s', async (signal) => {
  const server = launch({ PORT: '0' })
  const ended = once(server, 'exit')
  const origin = originIn(await tourOf(server))
  expect(origin).toMatch(/^http:\/\/localhost:\d+$/)
  const answer = await fetch(`${origin}/readyz`)
  expect(await answer.json()).toEqual({ ok: true })
  server.kill(signal)
  expect(await ended).toEqual([0, null])
})

it('says what is unwise in its settings, and starts all the same', async () => {
  const server = launch({ PORT: '0', COUNTERSIGN_TRUSTED_PROXY: '127.0.0.1/32' })
  const warned = linesOf(server.stderr).next()
  await tourOf(server)
  const { level, message } = JSON.parse((await warned).value ?? '')
  expect([level, message]).toEqual(['warn', expect.stringContaining('COUNTERSIGN_TRUSTED_PROXY means nothing')])
})

it('makes hot code quicker once it is ready', async () => {
  const server = launch({ PORT: '0' }, ['--trace-opt'])
  let said = ''
  // Not by lines: the compiler's own may be cut where the server's begin.
  const origin = await new Promise<string>((resolve) => {
    server.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const [, origin] = /ready (http:\S+)\n/.exec(said) ?? []
      if (origin) resolve(origin)
    })
  })
  said = ''
  while (!said.includes('completed compiling')) expect((await fetch(`${origin}/healthz`)).status).toBe(200)
})

/** Everything up to the line that says ready. */
async function tourOf(server: ChildProcess): Promise<string> {
  const lines: string[] = []
  for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
    lines.push(line)
    if (line.startsWith('ready ')) break
  }
  return lines.join('\n')
}

const originIn = (tour: string) => /^ready (\S+)$/m.exec(tour)?.[1]
const linkIn = (tour: string) => /http:\S+\/console\/invitation#([0-9a-z]{26})\n/.exec(tour)?.[1]

const isSilent = (url: string) =>
  fetch(url).then(
    () => false,
    () => true,
  )

it('shows a demonstration: Harbour, who to sign in as, and an activation link with its QR code', async () => {
  const server = launch({ PORT: '0', COUNTERSIGN_DEMO: '1' })
  const ended = once(server, 'exit')
  const tour = await tourOf(server)
  const [, harbour = ''] = /at Harbour:\n +(http:\/\/localhost:\d+)\n/.exec(tour) ?? []
  expect(await (await fetch(harbour)).text()).toContain('Sign in')
  const { headers } = await fetch(`${harbour}/sign-in`, { redirect: 'manual' })
  const origin = /ready (\S+)$/.exec(tour)?.[1]
  expect(headers.get('Location')).toMatch(new RegExp(`^${origin}/oidc/auth\\?`))
  expect(tour).toMatch(/alice, password \S{14}, at Harbour:\n/)
  expect(tour).toMatch(new RegExp(`[█▀▄]{20}[\\s\\S]* 1 .*\n +${origin}/enrol#[0-9a-z]{26}\n +2 `))
  server.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(await isSilent(harbour)).toBe(true)
})

it('takes Harbour along, even where it is killed', async () => {
  const server = launch({ PORT: '0', COUNTERSIGN_DEMO: '1' })
  const [, harbour = ''] = /at Harbour:\n +(http:\/\/localhost:\d+)\n/.exec(await tourOf(server)) ?? []
  expect(await isSilent(harbour)).toBe(false)
  server.kill('SIGKILL')
  await vi.waitUntil(() => isSilent(harbour), { timeout: 10_000 })
})

it.each(['0', '1'])(
  'prints a link for the first owner until there is an operator, and then no more (demo %s)',
  async (demo) => {
    const env = { PORT: '0', COUNTERSIGN_DEMO: demo }
    const start = async () => {
      const server = launch(env)
      const tour = await tourOf(server)
      const ended = once(server, 'exit')
      const stop = () => {
        server.kill('SIGTERM')
        return ended
      }
      return {
        code: linkIn(tour),
        wire: { origin: originIn(tour) ?? '', port: Number(originIn(tour)?.split(':')[2]) },
        stop,
      }
    }
    const first = await start()
    await first.stop()
    const second = await start()
    expect(second.code).not.toBe(first.code)
    const owner = new WireOperator(second.wire)
    expect((await owner.accept(`#${second.code}`, { name: 'Bea' })).body).toMatchObject({
      actor: { name: 'Bea', role: 'owner' },
    })
    // The link of the start before is spent with it.
    expect(said(await new WireOperator(second.wire).accept(`#${first.code}`))).toBe('404 unknown-invitation')
    await second.stop()
    const third = await start()
    expect(third.code).toBeUndefined()
    await third.stop()
  },
)

it('says in a sentence that its port is taken', async () => {
  occupant = createServer().listen(0, '127.0.0.1')
  await once(occupant, 'listening')
  const { port } = occupant.address() as AddressInfo
  const server = launch({ PORT: String(port) })
  const ended = once(server, 'exit')
  const complaint: string = (await linesOf(server.stderr).next()).value
  expect(complaint).toBe(`Port ${port} is taken on this machine: set PORT to another, or stop what uses it.`)
  expect(await ended).toEqual([1, null])
})

// `countersign/client`, as it was built and by the name it has, where servers in JavaScript run that are not Node's.
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FaultyProxy } from '../support/faulty-proxy.ts'
import { freePort } from '../support/free-port.ts'
import { run, start } from '../support/program.ts'
import { BUN, DENO, WORKERD } from '../support/runtimes.ts'
import { scratchFolder } from '../support/scratch.ts'
import { GENEROUS } from '../support/server.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'
import type { Given, story } from './runtimes/story.ts'

const ROOT = join(import.meta.dirname, '../..')
const HAPPENS: Awaited<ReturnType<typeof story>> = {
  approved: ['1 pending', '2 approved'],
  redeemed: [true, true],
  again: 'already-redeemed',
  denied: ['1 pending', '2 denied declined'],
  unanswered: ['1 pending', '2 expired'],
  keptBack: ['1 pending', '2 approved'],
  cut: ['1 pending', '2 approved'],
  aborted: 'Error: the page was closed',
  hungUp: 'yes',
  cancelled: '2 cancelled',
  typed: [true, { valid: false, reason: 'replayed' }],
  noKey: 'unauthenticated',
  unknown: 'unknown-user',
  ledAway: 'unreachable 307',
  nowhere: 'unreachable',
}

describe('the client for applications', () => {
  const house = wireHouse('sqlite', { env: GENEROUS })
  let folder = ''
  beforeAll(async () => {
    folder = await scratchFolder('runtimes')
    await cp(join(import.meta.dirname, 'runtimes'), folder, { recursive: true })
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ type: 'module', dependencies: { countersign: '*' } }),
    )
    await mkdir(join(folder, 'node_modules'))
    await symlink(ROOT, join(folder, 'node_modules/countersign'))
    for (const name of ['story', 'worker']) {
      const typed = await readFile(join(folder, `${name}.ts`), 'utf8')
      await writeFile(join(folder, `${name}.js`), stripTypeScriptTypes(typed))
    }
  })
  afterAll(() => rm(folder, { recursive: true }))

  /** People, their devices and their clock, for a program that knows only HTTP. */
  async function beside(noting: FaultyProxy) {
    let device: WireDevice
    let username = ''
    let approved = ''
    async function decide(verdict: 'approve' | 'deny', { id, number = null }: { id: string; number?: string | null }) {
      const { body: shown } = await device.request(id)
      const { status, text } = await device.decide(shown, verdict, number)
      if (status !== 200) throw new Error(text)
      if (verdict === 'approve') approved = shown.username
      return ''
    }
    const acts: Record<string, (about: { id: string; number?: string }) => Promise<string>> = {
      person: async () => {
        ;({ username, device } = await house.person())
        await house.clock.advance(30_000)
        return username
      },
      approve: (about) => decide('approve', about),
      deny: (about) => decide('deny', about),
      late: async () => {
        await house.clock.advance(60_000)
        return ''
      },
      passcode: async () => device.passcode(),
      'last-approved': async () => approved,
      'hung-up': async () => {
        await noting.hungUp
        return 'yes'
      },
    }
    const server = createServer(async (asked, answer) => {
      const chunks = await asked.toArray()
      const act = acts[asked.url?.slice(1) ?? '']
      if (!act) return void answer.writeHead(404).end()
      act(JSON.parse(Buffer.concat(chunks).toString())).then(
        (text) => answer.end(text),
        (error) => answer.writeHead(500).end(String(error)),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { url, [Symbol.asyncDispose]: async () => void server.close() }
  }

  /** @param lived what a runtime made of it */
  async function happens(lived: (given: Given) => Promise<unknown>): Promise<void> {
    const { wire } = house.server
    await using hold = await FaultyProxy.before(wire, ['hold'])
    await using cut = await FaultyProxy.before(wire, ['cut', 'pass'])
    await using leadAway = await FaultyProxy.before(wire, ['lead-away'])
    await using noting = await FaultyProxy.before(wire, ['pass'])
    await using people = await beside(noting)
    const nowhere = `http://localhost:${await freePort()}`
    const through = { hold: hold.url, cut: cut.url, leadAway: leadAway.url, noting: noting.url, nowhere }
    const { apiKey } = house.application
    expect(await lived({ url: wire.origin, apiKey, beside: people.url, through })).toEqual(HAPPENS)
    expect(hold.calls.at(-1)).toMatch(/\?wait=25&since=1$/)
    expect(cut.calls.filter((path) => path.endsWith('/events'))).toHaveLength(2)
  }

  const alone = (given: Given) => ({ GIVEN: JSON.stringify(given), HOME: folder, DENO_DIR: folder, NO_COLOR: '1' })
  async function printed(program: string, args: string[], given: Given): Promise<unknown> {
    const { code, output } = await run(program, [...args, join(folder, 'program.ts')], { env: alone(given) })
    if (code !== 0) throw new Error(output)
    return JSON.parse(output.slice(output.indexOf('{"')))
  }

  it('does all of it in Deno, which checks its types, and is allowed the network alone', () =>
    happens((given) =>
      printed(
        DENO,
        [
          'run',
          '--check',
          '--no-prompt',
          '--no-remote',
          '--node-modules-dir=manual',
          '--allow-net=localhost,127.0.0.1',
          '--allow-env=GIVEN',
        ],
        given,
      ),
    ))

  it('does all of it in Bun', () => happens((given) => printed(BUN, ['run', '--no-install'], given)))

  it('does all of it in a worker, where there is nothing of Node', () =>
    happens(async (given) => {
      await using workerd = start(WORKERD, ['serve', '--control-fd=1', join(folder, 'worker.capnp')])
      await workerd.says(/"port":\d+/)
      const [, port] = /"port":(\d+)/.exec(workerd.output()) ?? []
      const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: JSON.stringify(given) })
      if (!answer.ok) throw new Error(workerd.output())
      return answer.json()
    }))
})

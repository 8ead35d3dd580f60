// `sudo` and ssh by pam_exec: the steps of docs/integrate/pam.md with a PAM service of this test's own, and a real PAM.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { blocksOf } from '../support/page-blocks.ts'
import { GENEROUS } from '../support/server.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'

const ROOT = join(import.meta.dirname, '../..')
const SERVICE = `countersign-test-${randomBytes(4).toString('hex')}`
const PAM = `/etc/pam.d/${SERVICE}`
const TYPED = `${SERVICE}-typed`
const MINUTE = 60_000

type Meanwhile = (child: ChildProcess, number: () => Promise<string>) => Promise<unknown>

describe('pam_exec', () => {
  const house = wireHouse('sqlite', { env: GENEROUS })
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pam-'))
  const [script, conf] = [join(folder, 'countersign-pam'), join(folder, 'countersign-pam.conf')]

  beforeAll(() => {
    const [install = ''] = blocksOf('pam.md', 'sh', {
      '/usr/local/sbin/countersign-pam': script,
      '/etc/countersign-pam.conf': conf,
    })
    const url = `http://localhost:${house.server.wire.port}`
    const env = { ...process.env, COUNTERSIGN: url, COUNTERSIGN_KEY: house.application.apiKey }
    execFileSync('sh', ['-euc', install], { cwd: ROOT, env })
    const [line = ''] = blocksOf('pam.md', 'pam', { '/usr/local/sbin/countersign-pam': script })
    writeFileSync(PAM, line.replace(script, `${script} ${conf}`))
    const [typed = ''] = blocksOf('pam.md', 'typed', { '/usr/local/sbin/countersign-pam': script })
    writeFileSync(`/etc/pam.d/${TYPED}`, typed.replace(script, `${script} ${conf}`))
  })
  afterAll(() => {
    for (const service of [SERVICE, TYPED]) rmSync(`/etc/pam.d/${service}`, { force: true })
    rmSync(folder, { recursive: true })
  })

  /** @returns what a person saw and whether they are in, once `meanwhile` has been done */
  async function enter(username: string, meanwhile: Meanwhile = async () => {}, typed?: string) {
    // Line by line, as on a terminal.
    const args = ['-oL', 'pamtester', typed === undefined ? SERVICE : TYPED, username, 'authenticate']
    const child = spawn('stdbuf', args, { stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.on('error', () => undefined)
    child.stdin.end(typed === undefined ? '' : `${typed}\n`)
    const exited = once(child, 'exit')
    let seen = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        seen += text
      })
    const number = () =>
      vi.waitFor(
        () => {
          const [, digits] = /The number is (\d+)/.exec(seen) ?? []
          if (!digits) throw new Error(`no number in: ${seen}`)
          return digits
        },
        { timeout: 10_000 },
      )
    await meanwhile(child, number)
    const [code] = await exited
    return { isIn: code === 0, seen }
  }
  const shownOn = (device: WireDevice) =>
    vi.waitFor(
      async () => {
        const [shown] = await device.requests()
        if (!shown) throw new Error('nothing is asked')
        return shown
      },
      { timeout: 20_000 },
    )

  it('lets in on Approve, once the number is typed, and says on the device where', async () => {
    const { username, device } = await house.person()
    const { isIn, seen } = await enter(username, async (_child, number) => {
      const shown = await shownOn(device)
      expect(shown.context.resource).toMatch(new RegExp(`^${SERVICE} on `))
      await device.decide(shown, 'approve', await number())
    })
    expect([isIn, seen]).toEqual([true, expect.stringContaining('confirm on your device')])
  })

  it('keeps out on Deny, and when nobody answers until the end', async () => {
    const { username, device } = await house.person()
    const denied = await enter(username, async () => device.decide(await shownOn(device), 'deny'))
    expect([denied.isIn, denied.seen]).toEqual([false, expect.stringContaining('denied on the device')])
    const silent = await enter(username, async () => {
      await shownOn(device)
      await house.clock.advance(2 * MINUTE)
    })
    expect([silent.isIn, silent.seen]).toEqual([false, expect.stringContaining('nobody answered')])
  })

  it('lets in on a typed passcode, once; and asks the device where none is typed', async () => {
    const { username, device } = await house.person()
    await house.clock.advance(MINUTE)
    const passcode = device.passcode()
    expect(await enter(username, undefined, passcode)).toMatchObject({ isIn: true })
    for (const wrong of [passcode, '000000'])
      expect(await enter(username, undefined, wrong)).toMatchObject({
        isIn: false,
        seen: expect.stringContaining('the passcode is wrong'),
      })
    expect(await device.requests()).toEqual([])
    const { isIn } = await enter(
      username,
      async (_child, number) => device.decide(await shownOn(device), 'approve', await number()),
      '',
    )
    expect(isIn).toBe(true)
  })

  it('keeps out who is nobody here, or has no device, whatever the name', async () => {
    const lonely = await house.server.user()
    expect(await enter(lonely)).toMatchObject({ isIn: false, seen: expect.stringContaining('no device yet') })
    for (const name of ['nobody-here', 'a"b', 'a\\', '$(id)', '"},{"username":"x'])
      expect(await enter(name)).toMatchObject({ isIn: false, seen: expect.stringContaining('did not ask') })
  })

  it('asks for exactly the name, however odd', async () => {
    const username = await house.server.user(`o'(dd)"\\ü-${randomBytes(3).toString('hex')}`)
    const device = await house.server.device(username)
    const { isIn } = await enter(username, async (_child, number) =>
      device.decide(await shownOn(device), 'approve', await number()),
    )
    expect(isIn).toBe(true)
  })

  it('keeps its key to itself, and everybody out where there is no server or no key', async () => {
    expect(statSync(conf).mode & 0o777).toBe(0o600)
    const { username, device } = await house.person()
    await enter(username, async (child) => {
      const shown = await shownOn(device)
      // Between two calls there is no curl to be seen.
      const listed = await vi.waitFor(
        () => {
          const args = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
          expect(args).toContain(`/login-requests/`)
          return args
        },
        { timeout: 20_000 },
      )
      expect(listed).not.toContain(house.application.apiKey)
      expect(child.exitCode).toBeNull()
      await device.decide(shown, 'deny')
    })
    const right = readFileSync(conf, 'utf8')
    for (const [wrong, said] of [
      ['url = http://localhost:1\nkey = csk_x\n', 'cannot be reached'],
      [right.replace(/key = .*/, 'key = csk_wrong'), 'did not ask'],
      ['url = http://elsewhere.example\nkey = csk_x\n', 'needs url'],
      [right.replace(/key = .*/, ''), 'needs key'],
    ] as const) {
      writeFileSync(conf, wrong)
      expect(await enter(username)).toMatchObject({ isIn: false, seen: expect.stringContaining(said) })
    }
    writeFileSync(conf, right)
  })
})

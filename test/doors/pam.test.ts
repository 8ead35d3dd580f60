// `sudo` and ssh by pam_exec: the steps of docs/integrate/pam.md with a PAM service of this test's own, and a real PAM.
import { type ChildProcess, type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { pamSnippets } from '../../client/console/applications/connect.ts'
import { freePort } from '../support/free-port.ts'
import { blocksOf } from '../support/page-blocks.ts'
import { type Program, run, start } from '../support/program.ts'
import { GENEROUS } from '../support/server.ts'
import type { WireDevice } from '../support/wire-device.ts'
import { wireHouse } from '../support/wire-house.ts'

const SCRIPT = join(import.meta.dirname, '../../server/admin/docs/countersign-pam')
const INSTALLED = '/usr/local/sbin/countersign-pam'
const SERVICE = `countersign-test-${randomBytes(4).toString('hex')}`
const PAM = `/etc/pam.d/${SERVICE}`
const TYPED = `${SERVICE}-typed`
/** Of Debian's own accounts; here nobody else is it. */
const ACCOUNT = 'games'
const PAM_OF_SUDO = `/etc/pam.d/${SERVICE}-sudo`
const SUDOERS = `/etc/sudoers.d/${SERVICE}`
const PAM_OF_SSHD = `/etc/pam.d/${SERVICE}-sshd`
const REST_OF_PAM = 'account required pam_permit.so\nsession required pam_permit.so\nauth optional pam_permit.so\n'
const MINUTE = 60_000

type Meanwhile = (child: ChildProcess, number: () => Promise<string>) => Promise<unknown>

describe('pam_exec', () => {
  const house = wireHouse('sqlite', { env: GENEROUS })
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pam-'))
  const [script, conf] = [join(folder, 'countersign-pam'), join(folder, 'countersign-pam.conf')]

  beforeAll(async () => {
    const [install = ''] = blocksOf('pam.md', 'sh', {
      '/usr/local/sbin/countersign-pam': script,
      '/etc/countersign-pam.conf': conf,
    })
    const url = `http://localhost:${house.server.wire.port}`
    const brought = join(folder, 'brought')
    mkdirSync(brought)
    const env = { COUNTERSIGN: url, COUNTERSIGN_KEY: house.application.apiKey }
    const installed = await run('sh', ['-euc', `cd ${brought}\n${install}`], { env })
    if (installed.code !== 0) throw new Error(installed.output)
    // The console's page has it checked too.
    const [{ text = '' } = {}] = pamSnippets(url, createHash('sha256').update(readFileSync(SCRIPT)).digest('hex'))
    const [checked = ''] = text.split('\ninstall ')
    const again = await run('sh', ['-euc', `cd ${brought}\n${checked.replace(INSTALLED, script)}`])
    if (again.code !== 0) throw new Error(again.output)
    // The key of an ssh login is read by its owner; the configuration is root's all the same.
    chmodSync(folder, 0o755)
    const [line = ''] = blocksOf('pam.md', 'pam', { '/usr/local/sbin/countersign-pam': script })
    writeFileSync(PAM, line.replace(script, `${script} ${conf}`))
    const [ssh = ''] = blocksOf('pam.md', 'ssh', { '/usr/local/sbin/countersign-pam': script })
    const [, waits = ''] = ssh.split('\n')
    writeFileSync(`/etc/pam.d/${TYPED}`, waits.replace(script, `${script} ${conf}`))
    writeFileSync(PAM_OF_SSHD, `${ssh.replaceAll(/countersign-pam( ask)?$/gm, `$& ${conf}`)}${REST_OF_PAM}`)
    writeFileSync(PAM_OF_SUDO, `${readFileSync(PAM, 'utf8')}${REST_OF_PAM}`)
    const rules = [`Defaults:${ACCOUNT} pam_service=${SERVICE}-sudo, timestamp_timeout=0, !fqdn`]
    writeFileSync(SUDOERS, `${[...rules, `${ACCOUNT} ALL=(root) /usr/bin/id`].join('\n')}\n`, { mode: 0o440 })
  })
  afterAll(() => {
    for (const file of [PAM, `/etc/pam.d/${TYPED}`, PAM_OF_SSHD, PAM_OF_SUDO, SUDOERS]) rmSync(file, { force: true })
    rmSync(folder, { recursive: true })
  })

  /** @returns what a person saw and whether they are in, once `meanwhile` has been done */
  async function enter(username: string, meanwhile: Meanwhile = async () => {}, typed?: string) {
    // Line by line, as on a terminal.
    const args = ['-oL', 'pamtester', typed === undefined ? SERVICE : TYPED, username, 'authenticate']
    return watched(spawn('stdbuf', args), meanwhile, typed === undefined ? '' : `${typed}\n`)
  }
  async function watched(child: ChildProcessWithoutNullStreams, meanwhile: Meanwhile, input = '') {
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
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

  it('waits for so long and no longer, whatever the server says, and takes back what it asked', async () => {
    const { username, device } = await house.person()
    const whole = readFileSync(script, 'utf8')
    expect(whole).toMatch(/^WAIT_SECONDS=90$/m)
    writeFileSync(script, whole.replace(/^WAIT_SECONDS=.*$/m, 'WAIT_SECONDS=0'))
    const over = await enter(username)
    writeFileSync(script, whole)
    expect([over.isIn, over.seen]).toEqual([false, expect.stringMatching(/confirm on your device.*no answer/s)])
    expect(await device.requests()).toEqual([])
    // Less than curl would wait for an answer.
  }, 20_000)

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

  it('sudo shows the number on the terminal and runs on Approve, not on Deny, nor when nobody answers', async () => {
    const device = await house.server.device(await house.server.user(ACCOUNT))
    // A terminal of its own, as sudo has.
    const asAccount = ['--reuid', ACCOUNT, '--regid', ACCOUNT, '--clear-groups']
    const sudo = () => spawn('setpriv', [...asAccount, 'script', '-qec', 'sudo /usr/bin/id', '/dev/null'])
    const approved = await watched(sudo(), async (_child, number) => {
      const shown = await shownOn(device)
      expect(shown.context.resource).toMatch(new RegExp(`^${SERVICE}-sudo on `))
      await device.decide(shown, 'approve', await number())
    })
    expect([approved.isIn, approved.seen]).toEqual([true, expect.stringContaining('uid=0(root)')])
    const denied = await watched(sudo(), async () => device.decide(await shownOn(device), 'deny'))
    expect([denied.isIn, denied.seen]).toEqual([false, expect.stringContaining('denied on the device')])
    const silent = await watched(sudo(), async () => {
      await shownOn(device)
      await house.clock.advance(2 * MINUTE)
    })
    expect([silent.isIn, silent.seen]).toEqual([false, expect.stringContaining('nobody answered')])
    expect([denied.seen, silent.seen].filter((seen) => seen.includes('uid=0'))).toEqual([])
  })

  describe('sshd', () => {
    const at = (file: string) => join(folder, file)
    let daemon: Program
    let port: number
    beforeAll(async () => {
      port = await freePort()
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('host-key')])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('key')])
      symlinkSync('/usr/sbin/sshd', at(`${SERVICE}-sshd`))
      if (!existsSync('/run/sshd')) mkdirSync('/run/sshd', { mode: 0o755 })
      const settings = {
        ...{ Port: port, ListenAddress: '127.0.0.1', HostKey: at('host-key'), PidFile: 'none', StrictModes: 'no' },
        ...{ UsePAM: 'yes', KbdInteractiveAuthentication: 'yes', PasswordAuthentication: 'no', AllowUsers: 'sync' },
        ...{ AuthenticationMethods: 'publickey,keyboard-interactive', AuthorizedKeysFile: at('key.pub') },
      }
      writeFileSync(
        at('sshd.conf'),
        Object.entries(settings)
          .map((one) => `${one.join(' ')}\n`)
          .join(''),
      )
      const says = `#!/bin/sh\nprintf '%s\\n' "$1" >>"$ASKED"\nprintf '%s\\n' "$TYPED"\n`
      writeFileSync(at('askpass'), says, { mode: 0o755 })
      daemon = start(at(`${SERVICE}-sshd`), ['-D', '-e', '-f', at('sshd.conf')])
      await daemon.says(/Server listening/)
    })
    afterAll(() => daemon[Symbol.asyncDispose]())

    let logins = 0
    function logsIn(typed = '') {
      const asked = at(`asked-${++logins}`)
      writeFileSync(asked, '')
      const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'NumberOfPasswordPrompts=1']
      const args = ['-F', 'none', '-i', at('key'), '-p', String(port), ...options.flatMap((one) => ['-o', one])]
      const env = { SSH_ASKPASS: at('askpass'), SSH_ASKPASS_REQUIRE: 'force', ASKED: asked, TYPED: typed }
      const login = run('ssh', [...args, 'sync@127.0.0.1'], { env })
      return Object.assign(login, { asked: () => readFileSync(asked, 'utf8') })
    }

    it('shows the number while it asks, and lets in on Approve or a passcode, not on Deny, nor when nobody answers', async () => {
      const device = await house.server.device(await house.server.user('sync'))
      const approved = logsIn()
      const shown = await shownOn(device)
      expect(shown.context).toMatchObject({ ip: '127.0.0.1' })
      await vi.waitFor(() => expect(approved.asked()).toMatch(/The number is \d+\. Then press Enter/), 10_000)
      await device.decide(shown, 'approve', /The number is (\d+)/.exec(approved.asked())?.[1])
      expect(await approved).toMatchObject({ code: 0 })
      const denied = logsIn()
      await device.decide(await shownOn(device), 'deny')
      expect((await denied).code).toBe(255)
      const silent = logsIn()
      await shownOn(device)
      await house.clock.advance(2 * MINUTE)
      expect((await silent).code).toBe(255)
      expect(await logsIn(device.passcode())).toMatchObject({ code: 0 })
      expect(await device.requests()).toEqual([])
    })
  })
})

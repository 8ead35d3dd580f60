// A real ssh login, by the blocks of docs/integrate/radius.md: sshd asks pam_radius_auth, which asks here, and the login waits for the phone.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { blocksOf } from '../support/page-blocks.ts'
import { type Program, run, start } from '../support/program.ts'
import { PASSWORD, radiusHouse } from '../support/radius-house.ts'
import type { WireDevice } from '../support/wire-device.ts'

/** Of Debian's own accounts the one whose shell does nothing, and well: /bin/sync. */
const ACCOUNT = 'sync'
/** PAM knows an sshd by the name it is called by, so that of the machine is left alone. */
const SERVICE = 'countersign-test-sshd'
const PAM_FILE = `/etc/pam.d/${SERVICE}`

describe('ssh', () => {
  const house = radiusHouse()
  const at = (file: string) => join(house.folder, file)
  let port: number
  let daemon: Program
  let device: WireDevice

  beforeAll(async () => {
    port = await freePort()
    // pam_radius_auth 2.0 sends no Message-Authenticator, which on one machine an operator may allow.
    const secret = await house.client({ challenges: true, messageAuthenticator: false })
    const [servers = ''] = blocksOf('radius.md', 'pamradius', {
      '127.0.0.1:1812': `127.0.0.1:${house.udpPort()}`,
      '<secret>': secret,
    })
    writeFileSync(at('radius.conf'), servers, { mode: 0o600 })
    const own = { 'pam_radius_auth.so': `pam_radius_auth.so conf=${at('radius.conf')}` }
    const [auth = ''] = blocksOf('radius.md', 'pam', own)
    const [settings = ''] = blocksOf('radius.md', 'sshd')
    writeFileSync(PAM_FILE, `${auth}account required pam_permit.so\nsession required pam_permit.so\n`)
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('host-key')])
    symlinkSync('/usr/sbin/sshd', at(SERVICE))
    if (!existsSync('/run/sshd')) mkdirSync('/run/sshd', { mode: 0o755 })
    writeFileSync(
      at('sshd.conf'),
      `Port ${port}
ListenAddress 127.0.0.1
HostKey ${at('host-key')}
PidFile none
StrictModes no
PubkeyAuthentication no
AllowUsers ${ACCOUNT}
MaxStartups 20
PrintMotd no
${settings}`,
    )
    // What it is asked and what it answers: people read the one, and type the other.
    writeFileSync(
      at('askpass'),
      `#!/bin/sh\nprintf '%s\\n' "$1" >> "$ASKED"\ncase "$1" in *assword:*) printf '%s\\n' "$TYPED" ;; *) printf '%s\\n' "$CHOSEN" ;; esac\n`,
      { mode: 0o755 },
    )
    daemon = start(at(SERVICE), ['-D', '-e', '-f', at('sshd.conf')])
    await daemon.says(/Server listening/)
  })
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]()
    rmSync(PAM_FILE, { force: true })
  })

  let logins = 0
  function logsIn({ typed, chosen = '' }: { typed: string; chosen?: string }) {
    const asked = at(`asked-${++logins}`)
    writeFileSync(asked, '')
    const options = [
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'LogLevel=ERROR',
      'NumberOfPasswordPrompts=1',
    ]
    const args = ['-F', 'none', '-p', String(port), ...options.flatMap((one) => ['-o', one]), `${ACCOUNT}@127.0.0.1`]
    const env = { SSH_ASKPASS: at('askpass'), SSH_ASKPASS_REQUIRE: 'force', ASKED: asked, TYPED: typed, CHOSEN: chosen }
    return Object.assign(run('ssh', args, { env }), { asked: () => readFileSync(asked, 'utf8') })
  }

  /** What ssh shows while it asks, and the number in it. */
  async function numberShown(login: ReturnType<typeof logsIn>): Promise<string> {
    await expect.poll(() => login.asked()).toMatch(/Type \d+ on your device/)
    return /Type (\d+) on your device/.exec(login.asked())?.[1] ?? ''
  }

  it('waits for the phone: in with Approve, out with Deny or nobody; in with a passcode, or from the menu', async () => {
    device = await house.person(ACCOUNT)
    const approved = logsIn({ typed: `${PASSWORD},push` })
    expect((await house.shownTo(device)).context).toMatchObject({ ip: '127.0.0.1' })
    await house.presses(device, 'approve')
    expect(await approved).toMatchObject({ code: 0 })
    const denied = logsIn({ typed: `${PASSWORD},push` })
    await house.presses(device, 'deny')
    expect((await denied).code).toBe(255)
    const unanswered = logsIn({ typed: `${PASSWORD},push` })
    await house.nobodyAnswers(device)
    expect((await unanswered).code).toBe(255)
    const passcode = await house.passcode(device)
    expect((await logsIn({ typed: `${PASSWORD},${passcode}` })).code).toBe(0)
    const menu = logsIn({ typed: PASSWORD, chosen: '1' })
    await house.presses(device, 'approve')
    expect((await menu).code).toBe(0)
    expect(menu.asked()).toContain('1 push to Phone, 2 type a passcode')
  })

  it('shows a number that has to be typed on the phone: in with it, out with Deny or nobody, in with a passcode', async () => {
    await house.policy({ numberMatching: 'on' })
    const approved = logsIn({ typed: `${PASSWORD},push` })
    const number = await numberShown(approved)
    await house.presses(device, 'approve', number)
    expect((await approved).code).toBe(0)
    const denied = logsIn({ typed: `${PASSWORD},push` })
    await numberShown(denied)
    await house.presses(device, 'deny')
    expect((await denied).code).toBe(255)
    const unanswered = logsIn({ typed: `${PASSWORD},push` })
    await numberShown(unanswered)
    await house.nobodyAnswers(device)
    expect((await unanswered).code).toBe(255)
    const typed = logsIn({ typed: `${PASSWORD},push`, chosen: await house.passcode(device) })
    expect((await typed).code).toBe(0)
    expect(typed.asked()).toMatch(/Type \d+ on your device/)
    expect(await device.requests()).toEqual([])
  })

  it('does not wait for anybody without the password', async () => {
    expect((await logsIn({ typed: 'wrong,push' })).code).toBe(255)
  })
})

// privacyIDEA as its documentation installs it: from its package, under gunicorn, its keys and tables made by its own
// command; one push token that its phone polls for. Spoken to as its application plug-ins and its app do
// (/validate/check, /ttype/push, /validate/polltransaction).
import { execFile } from 'node:child_process'
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ForeignProgram, startProgram } from '../support/foreign-program.ts'
import { freePort } from '../support/free-port.ts'
import { install } from './at-hand.ts'
import { processorSeconds } from './processes.ts'

const run = promisify(execFile)
const VENV = join(import.meta.dirname, '../../node_modules/.cache/bench-privacyidea')
const PYTHON = join(VENV, 'bin/python')
const PIN = '1234'
const ADMIN = { username: 'bench', password: 'bench-only' }

/** @throws NotAtHand */
export async function installPrivacyIdea(): Promise<void> {
  if (existsSync(join(VENV, 'bin/gunicorn'))) return
  await install('privacyIDEA', async () => {
    await run('python3', ['-m', 'venv', VENV])
    await run(PYTHON, ['-m', 'pip', 'install', '--quiet', 'privacyidea', 'gunicorn'], { maxBuffer: 1e8 })
  })
}

type Answer = { result: { value: unknown; error?: { message: string } }; detail?: Record<string, unknown> }

export class PrivacyIdea implements AsyncDisposable {
  readonly version: string
  readonly #origin: string
  readonly #folder: string
  readonly #program: ForeignProgram
  readonly #processes: readonly number[]
  #token: { serial: string; key: KeyObject } | undefined

  private constructor(of: { version: string; origin: string; folder: string; program: ForeignProgram; pid: number }) {
    this.version = of.version
    this.#origin = of.origin
    this.#folder = of.folder
    this.#program = of.program
    this.#processes = [of.pid, ...childrenOf(of.pid)]
  }

  static async start(): Promise<PrivacyIdea> {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-privacyidea-'))
    const config = join(folder, 'pi.cfg')
    writeFileSync(config, configOf(folder))
    const env = { PRIVACYIDEA_CONFIGFILE: config }
    const manage = (...words: string[]) =>
      run(PYTHON, [join(VENV, 'bin/pi-manage'), ...words], { cwd: folder, env: { ...process.env, ...env } })
    for (const words of [
      ['setup', 'create_enckey'],
      ['setup', 'create_audit_keys'],
      ['setup', 'create_tables'],
    ])
      await manage(...words)
    await manage('admin', 'add', ADMIN.username, '-p', ADMIN.password)
    const { stdout } = await run(PYTHON, [
      '-c',
      'from importlib.metadata import version; print(version("privacyidea"))',
    ])
    const port = await freePort()
    const pidFile = join(folder, 'pid')
    const app = `privacyidea.app:create_app("production", config_file="${config}", silent=True)`
    const words = ['-m', 'gunicorn', '--bind', `127.0.0.1:${port}`, '--workers', '1', '--pid', pidFile, app]
    const program = await startProgram(PYTHON, words, { ready: /Booting worker/, env, cwd: folder })
    const pid = Number(readFileSync(pidFile, 'utf8'))
    const started = new PrivacyIdea({
      version: stdout.trim(),
      origin: `http://127.0.0.1:${port}`,
      folder,
      program,
      pid,
    })
    await started.#enrol()
    return started
  }

  /** Seconds of processor time of all its processes. */
  used(): number {
    return this.#processes.reduce((sum, pid) => sum + processorSeconds(pid), 0)
  }

  async logins(count: number): Promise<void> {
    for (let nth = 0; nth < count; nth++) await this.#login()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #login(): Promise<void> {
    if (!this.#token) throw new Error('no token is enrolled')
    const { serial, key } = this.#token
    const { detail } = await this.#call('POST', '/validate/check', { serial, pass: PIN })
    const transaction = String(detail?.transaction_id)
    const timestamp = new Date().toISOString()
    const poll = { serial, timestamp, signature: signed(key, `${serial}|${timestamp}`) }
    const [asked] = (await this.#call('GET', '/ttype/push', poll)).result.value as { nonce: string }[]
    if (!asked) throw new Error('privacyIDEA asked its phone nothing')
    const answer = { serial, nonce: asked.nonce, signature: signed(key, `${asked.nonce}|${serial}`) }
    const answered = await this.#call('POST', '/ttype/push', answer)
    const polled = await this.#call('GET', '/validate/polltransaction', { transaction_id: transaction })
    const check = { serial, pass: '', transaction_id: transaction }
    const checked = await this.#call('POST', '/validate/check', check)
    for (const { result } of [answered, polled, checked])
      if (result.value !== true) throw new Error(`privacyIDEA: ${JSON.stringify(result)}`)
  }

  async #enrol(): Promise<void> {
    const { result } = await this.#call('POST', '/auth', ADMIN)
    const { token } = result.value as { token: string }
    const actions = { push_firebase_configuration: 'poll only', push_registration_url: `${this.#origin}/ttype/push` }
    const action = Object.entries(actions)
      .map(([name, value]) => `${name}=${value}`)
      .join(', ')
    await this.#call('POST', '/policy/push', { scope: 'enrollment', action, active: 'true' }, token)
    const init = await this.#call('POST', '/token/init', { type: 'push', genkey: '1', pin: PIN }, token)
    const serial = String(init.detail?.serial)
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pubkey = publicKey.export({ type: 'spki', format: 'der' }).toString('base64url')
    const credential = String(init.detail?.enrollment_credential)
    await this.#call('POST', '/ttype/push', { serial, pubkey, fbtoken: '', enrollment_credential: credential })
    this.#token = { serial, key: privateKey }
  }

  async #call(method: string, path: string, sent: Record<string, string>, token?: string): Promise<Answer> {
    const form = new URLSearchParams(sent)
    const url = `${this.#origin}${path}${method === 'GET' ? `?${form}` : ''}`
    const headers = { ...(token && { authorization: token }) }
    const response = await fetch(url, { method, headers, ...(method === 'POST' && { body: form }) })
    const answer = (await response.json()) as Answer
    if (!response.ok) throw new Error(`privacyIDEA, ${path}: ${JSON.stringify(answer.result)}`)
    return answer
  }
}

function configOf(folder: string): string {
  return [
    `SQLALCHEMY_DATABASE_URI = 'sqlite:///${folder}/privacyidea.db'`,
    `SECRET_KEY = '${randomBytes(24).toString('hex')}'`,
    `PI_PEPPER = '${randomBytes(24).toString('hex')}'`,
    `PI_ENCFILE = '${folder}/enckey'`,
    `PI_AUDIT_KEY_PRIVATE = '${folder}/private.pem'`,
    `PI_AUDIT_KEY_PUBLIC = '${folder}/public.pem'`,
    `PI_LOGFILE = '${folder}/privacyidea.log'`,
    '',
  ].join('\n')
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
}

/** RFC 8017 PKCS #1 v1.5 with SHA-256, in the RFC 4648 §6 alphabet, as its app signs. */
function signed(key: KeyObject, text: string): string {
  return base32(sign('sha256', Buffer.from(text), key))
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const letters = (bits.match(/.{1,5}/g) ?? []).map((five) => ALPHABET[Number.parseInt(five.padEnd(5, '0'), 2)])
  return letters.join('').padEnd(Math.ceil(bytes.length / 5) * 8, '=')
}

import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ENGINES } from '../../test/support/engines.ts'
import { createDatabase, dropDatabase } from '../../test/support/postgres.ts'
import { openStore, random } from '../assemble.ts'
import { readConfig } from '../config.ts'
import { argon2Passwords } from '../directory/passwords.ts'
import { findUser } from '../directory/rows.ts'
import { masterKeysOf } from '../master-key.ts'
import { COMMANDS } from './commands.ts'
import { run } from './run.ts'

/** As the first start does: commands make no installation. */
async function begin(env: Record<string, string>): Promise<void> {
  const config = readConfig(env)
  masterKeysOf(config, random)
  await (await openStore(config)).close()
}

type Said = { code: number; out: string[]; err: string[] }

async function say(line: string | string[], env: Record<string, string>, input = ''): Promise<Said> {
  const out: string[] = []
  const err: string[] = []
  const terminal = {
    input: Readable.from([Buffer.from(input)]),
    print: (text: string) => out.push(text),
    complain: (text: string) => err.push(text),
  }
  const words = typeof line === 'string' ? line.split(' ') : line
  return { code: await run(words, { env, terminal, commands: COMMANDS }), out, err }
}

describe.each(ENGINES)('the command line on %s', (engine) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-cli-'))
  let env: Record<string, string>
  beforeAll(async () => {
    env = {
      COUNTERSIGN_DATA: folder,
      COUNTERSIGN_URL: 'https://id.example.org',
      COUNTERSIGN_APP_URL: 'https://app.example.org',
    }
    if (engine === 'postgres') env.DATABASE_URL = await createDatabase(inject('postgresUrl'))
    await begin(env)
    await ok('user add alice --name Alice')
  })
  afterAll(async () => {
    if (env.DATABASE_URL) await dropDatabase(env.DATABASE_URL)
    rmSync(folder, { recursive: true })
  })

  async function ok(line: string | string[], input?: string): Promise<Record<string, never>> {
    const words = typeof line === 'string' ? line.split(' ') : line
    const { code, out, err } = await say([...words, '--json'], env, input)
    expect({ code, err }).toEqual({ code: 0, err: [] })
    expect(out).toHaveLength(1)
    return JSON.parse(out[0] ?? '')
  }

  async function refused(line: string): Promise<{ status: number; type: string; errors?: Record<string, string> }> {
    const { code, out, err } = await say(`${line} --json`, env)
    expect({ code, out, lines: err.length }).toEqual({ code: 1, out: [], lines: 1 })
    return JSON.parse(err[0] ?? '')
  }

  it('adds a person and lists them', async () => {
    const added = await ok('user add Bob --email bob@example.org')
    expect(Object.keys(added)).toEqual(['id', 'username'])
    expect(added).toMatchObject({ username: 'Bob', id: expect.stringMatching(/^usr_/) })
    const { users, next } = await ok('user list')
    expect(users).toContainEqual(
      expect.objectContaining({ username: 'Bob', email: 'bob@example.org', hasPassword: false }),
    )
    expect(next).toBeNull()
  })

  it('does not add a name twice, however it is written', async () => {
    expect(await refused('user add ALICE')).toMatchObject({
      status: 409,
      type: 'urn:countersign:problem:username-taken',
    })
  })

  it.each([
    ['crlf', 'correct horse \r\n', 'correct horse '],
    ['lf', 'two of spades\n\n', 'two of spades\n'],
    ['none', 'bare of all else', 'bare of all else'],
  ])('takes a password from standard input and drops one line end (%s)', async (name, input, password) => {
    await ok(`user add pass-${name} --password-stdin`, input)
    const store = await openStore(readConfig(env))
    try {
      const passwords = argon2Passwords(random)
      const { password_hash } = (await findUser(store.read, `pass-${name}`)) ?? {}
      expect(await passwords.verify(password_hash ?? '', password)).toBe(true)
      expect(await passwords.verify(password_hash ?? '', `${password}x`)).toBe(false)
    } finally {
      await store.close()
    }
  })

  it('gives somebody another password, and nobody one who is not there', async () => {
    await ok('user add again --password-stdin', 'first of all\n')
    await ok('user password again --password-stdin', 'second of all\n')
    const store = await openStore(readConfig(env))
    try {
      const { password_hash } = (await findUser(store.read, 'again')) ?? {}
      expect(await argon2Passwords(random).verify(password_hash ?? '', 'second of all')).toBe(true)
    } finally {
      await store.close()
    }
    const { code, err } = await say('user password nobody --password-stdin --json', env, 'nobody knows\n')
    expect([code, JSON.parse(err[0] ?? '')]).toMatchObject([1, { status: 404 }])
  })

  it('says what comes next for somebody who has no password yet', async () => {
    const { out } = await say('user add without', env)
    expect(out.at(-1)).toBe('Next: npx countersign user password without, then: npx countersign enrol without')
    const { out: lines } = await say('user add with-one --password-stdin', env, 'correct horse\n')
    expect(lines.at(-1)).toBe('Next: npx countersign enrol with-one')
  })

  it.each(['hunter2', 'password123'])('takes from a script what nobody may choose, and warns: %s', async (password) => {
    const name = `weak-${password}`
    const { code, out, err } = await say(`user add ${name} --password-stdin --json`, env, `${password}\n`)
    expect([code, JSON.parse(out[0] ?? '')]).toMatchObject([0, { username: name }])
    expect(err).toEqual([`The password of ${name} is short or easily guessed: for trying things out only.`])
    const { err: nothing } = await say(
      `user add strong-${password} --password-stdin --json`,
      env,
      'correct horse battery\n',
    )
    expect(nothing).toEqual([])
    const { code: refused } = await say(`user password ${name} --password-stdin --json`, env, `${password}\n`)
    expect(refused).toBe(1)
  })

  it('refuses an empty password rather than leaving the person without one', async () => {
    const { code, err } = await say('user add nobody --password-stdin --json', env, '\n')
    expect(code).toBe(1)
    expect(JSON.parse(err[0] ?? '')).toMatchObject({ status: 422, errors: { '/password': expect.any(String) } })
  })

  it('makes an activation link on the app origin', async () => {
    const link = await ok('enrol alice --unlock webauthn --digits 6 --expires 10m')
    expect(Object.keys(link)).toEqual(['enrolment', 'activationUrl', 'code', 'expiresAt'])
    expect(link.activationUrl).toBe(`https://app.example.org/enrol#${link.code}`)
    const minutes = (Date.parse(link.expiresAt ?? '') - Date.now()) / 60_000
    expect(minutes).toBeGreaterThan(9)
    expect(minutes).toBeLessThanOrEqual(10)
  })

  it('shows people the link as a QR code too', async () => {
    const { code, out } = await say('enrol alice', env)
    expect(code).toBe(0)
    expect(out.join('\n')).toMatch(/https:\/\/app\.example\.org\/enrol#[0-9a-z]{26}\n[\s\S]*[█▀▄]{20}/)
  })

  it.each([
    ['enrol alice --approval enhanced', 'incompatible-policy'],
    ['enrol alice --approval enhanced --number-matching off --unlock webauthn', 'incompatible-policy'],
    ['enrol nobody-here', 'unknown-user'],
    ['enrol alice --digits 4', 'invalid'],
    ['enrol alice --unlock pin', 'invalid'],
    ['enrol alice --expires 1', 'invalid'],
    ['enrol alice --expires 999999d', 'invalid'],
    ['token list nobody-here', 'unknown-user'],
    ['token revoke nonsense --reason gone', 'invalid'],
    ['token revoke tok_00000000000000000000000000 --reason gone', 'unknown-token'],
    ['app add Harbour --redirect-uri javascript:alert(1)', 'invalid'],
    ['user list --after nonsense!', 'invalid'],
    ['operator add Bea --role king', 'invalid'],
    ['operator token x --role king', 'invalid'],
    ['operator token x --days 0', 'invalid'],
    ['operator remove nobody-here', 'unknown-operator'],
    ['api-token revoke apt_00000000000000000000000000', 'unknown-api-token'],
    ['report show rep_00000000000000000000000000', 'unknown-report'],
    ['report close rep_00000000000000000000000000 --note done', 'unknown-report'],
    ['sign close sgn_00000000000000000000000000', 'unknown-sign'],
    ['webhook show whk_00000000000000000000000000', 'unknown-webhook'],
    ['frobnicate', 'unknown-command'],
  ])('refuses "%s" as %s', async (line, slug) => {
    expect((await refused(line)).type).toBe(`urn:countersign:problem:${slug}`)
  })

  it('shows counts, kinds of entries, and a mail as it would arrive', async () => {
    expect(await ok('charts --days 7')).toMatchObject({ step: 'day' })
    expect(await ok('audit kinds')).toHaveProperty('kinds')
    expect(await ok('mail-template preview device-added --subject Hello')).toMatchObject({ subject: 'Hello' })
  })

  it('enhanced approval goes without a number', async () => {
    expect(await ok('enrol alice --approval enhanced --number-matching off')).toHaveProperty('code')
  })

  it('adds an application, and with a redirect URI its OpenID Connect client', async () => {
    const plain = await ok('app add VPN')
    expect(Object.keys(plain)).toEqual(['id', 'apiKey'])
    expect(plain.apiKey).toMatch(/^csk_/)
    const client = await ok(
      'app add Harbour --redirect-uri https://harbour.example.org/cb --redirect-uri https://h.example.org/cb',
    )
    expect(Object.keys(client)).toEqual(['id', 'apiKey', 'clientId', 'clientSecret'])
  })

  it('opens an application to the groups that are named, and to nobody’s', async () => {
    const { id: group } = await ok(['group', 'add', 'Night shift'])
    const { id } = await ok('app add Radar')
    expect(await ok(['app', 'edit', String(id), '--group', 'night SHIFT'])).toMatchObject({
      groups: [{ id: group, name: 'Night shift' }],
    })
    const { status, type } = await refused(`app edit ${id} --group nobody`)
    expect({ status, type }).toEqual({ status: 404, type: expect.stringContaining('unknown-group') })
    expect(await ok(`app edit ${id} --everybody`)).toMatchObject({ groups: null })
  })

  it('adds operators and tokens with a role, an owner where none is named', async () => {
    const bea = await ok('operator add Bea')
    expect(Object.keys(bea)).toEqual(['id', 'signInUrl'])
    expect(bea.signInUrl).toMatch(/^https:\/\/id\.example\.org\/console\/invitation#[0-9a-z]{26}$/)
    await ok('operator add Cal --role help-desk')
    const { operators } = await ok('operator list')
    expect(operators).toEqual([
      expect.objectContaining({ name: 'Bea', role: 'owner', state: 'invited' }),
      expect.objectContaining({ name: 'Cal', role: 'help-desk', state: 'invited' }),
    ])
    const token = await ok('operator token HR --role auditor --days 7')
    expect(Object.keys(token)).toEqual(['apiToken'])
    expect(token.apiToken).toMatch(/^cso_[0-9a-z]{26}$/)
    await ok('operator token Provisioning')
    const { apiTokens } = await ok('api-token list')
    expect(apiTokens).toEqual([
      expect.objectContaining({ name: 'Provisioning', role: 'owner', madeBy: null }),
      expect.objectContaining({ name: 'HR', role: 'auditor' }),
    ])
  })

  it('changes operators and revokes tokens by what people type', async () => {
    await ok('operator add Dan --role auditor')
    expect(await ok('operator role Dan administrator')).toMatchObject({ name: 'Dan', role: 'administrator' })
    expect(await ok('operator link dan')).toHaveProperty('signInUrl')
    expect(await ok('operator remove dan')).toEqual({ ok: true })
    const { apiTokens } = await ok('api-token list')
    for (const { id } of apiTokens as unknown as { id: string }[]) await ok(`api-token revoke ${id}`)
    expect(await ok('api-token list')).toEqual({ apiTokens: [] })
  })

  it('searches people by the beginning of their name', async () => {
    await ok('user add Searched')
    const { users } = await ok('user list --search SEAR')
    expect(users).toEqual([expect.objectContaining({ username: 'Searched' })])
  })

  it('lists no tokens of somebody who has none', async () => {
    expect(await ok('token list alice')).toEqual({ tokens: [] })
    expect((await say('token list alice', env)).out).toEqual(['alice has no token.'])
  })
})

describe('a faulty environment', () => {
  it('is told variable by variable', async () => {
    const { code, err } = await say('user list', { PORT: 'x', COUNTERSIGN_DEMO: 'yes' })
    expect(code).toBe(1)
    expect(err).toEqual(['COUNTERSIGN_DEMO must be 1 or 0.', 'PORT must be a whole number from 0 to 65535.'])
  })

  it('is one problem document for scripts', async () => {
    const { err } = await say('user list --json', { PORT: 'x' })
    expect(JSON.parse(err.join(''))).toMatchObject({ status: 422, errors: { '/PORT': expect.any(String) } })
  })

  it('leaves links unmade where nobody can know the origin', async () => {
    const { code, err } = await say('user list', { PORT: '0' })
    expect(code).toBe(1)
    expect(err.join()).toContain('PORT')
  })
})

it('help tells every command and every option', async () => {
  const { code, out } = await say('help', {})
  expect(code).toBe(0)
  for (const { name } of COMMANDS) expect(out.join('\n')).toContain(name)
  for (const { name, options } of COMMANDS) {
    const help = (await say(`${name} --help`, {})).out.join('\n')
    for (const option of Object.keys(options)) expect(help).toContain(`--${option}`)
  }
})

describe('an installation that is not there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-nowhere-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const env = (data: string) => ({ COUNTERSIGN_DATA: join(folder, data), COUNTERSIGN_URL: 'https://id.example.org' })

  it.each(['user add alice', 'check'])('is not made by a command, for its server is elsewhere: %s', async (line) => {
    // The demonstration's folder lies in there.
    mkdirSync(join(folder, 'none', 'demonstration'), { recursive: true })
    const { code, out, err } = await say(line, env('none'))
    expect([code, [...out, ...err].join('\n')]).toEqual([
      1,
      expect.stringContaining(`There is no installation in ${join(folder, 'none')}`),
    ])
    expect(readdirSync(join(folder, 'none'))).toEqual(['demonstration'])
  })

  it('but for its master key is told so in a sentence, and gets no other', async () => {
    await begin(env('restored'))
    await say('user add alice', env('restored'))
    const key = join(folder, 'restored', 'master.key')
    renameSync(key, `${key}.aside`)
    for (const line of ['user list', 'check', 'migrate-store --to postgres://localhost/none']) {
      const { code, out, err } = await say(line, env('restored'))
      expect([line, code, [...out, ...err].join('\n')]).toEqual([
        line,
        1,
        expect.stringMatching(/The store holds secrets, and .* is not there/),
      ])
    }
    expect(readdirSync(join(folder, 'restored')).filter((name) => !name.startsWith('countersign.db'))).toEqual([
      'master.key.aside',
      'server.lock',
    ])
    const other = Buffer.alloc(32, 7).toString('base64url')
    const under = await say('user list', { ...env('restored'), COUNTERSIGN_MASTER_KEY: other })
    expect([under.code, under.err]).toEqual([1, [expect.stringContaining('sealed under another master key')]])
    await say('migrate-store --to postgres://localhost/none', { ...env('restored'), COUNTERSIGN_MASTER_KEY: other })
    renameSync(`${key}.aside`, key)
    const nobody = await say('migrate-store --to postgres://127.0.0.1:1/none', env('restored'))
    expect([nobody.code, nobody.err]).toEqual([1, [expect.stringContaining('PostgreSQL does not answer')]])
    // A move that never began holds up no server.
    expect(readdirSync(join(folder, 'restored'))).not.toContain('moved.json')
  })
})

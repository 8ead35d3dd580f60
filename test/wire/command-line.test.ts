// §9: names that scripts rely on, from a process of its own: one JSON object, or a problem document and exit code 1.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../server/assemble.ts'
import { type Environment, readConfig } from '../../server/config.ts'
import { countersign } from '../support/wire-process.ts'

const ID = (prefix: string) => expect.stringMatching(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`))
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const TEXT = expect.stringMatching(/./)
const FAR = { COUNTERSIGN_URL: 'https://login.example', COUNTERSIGN_APP_URL: 'https://app.example' }

describe('npx countersign', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-command-'))
    // Commands make no installation: a start has.
    await (await openStore(readConfig({ COUNTERSIGN_DATA: folder, ...FAR }))).close()
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const run = (words: string[], { env = {}, input = '' }: { env?: Environment; input?: string } = {}) =>
    countersign({ COUNTERSIGN_DATA: folder, COUNTERSIGN_DEMO: '0', ...FAR, ...env }, [...words, '--json'], input)
  /** What is printed on success: one line, and nothing else. */
  async function printed(words: string[], input = ''): Promise<unknown> {
    const { code, out, err } = await run(words, { input })
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^\{.*\}\n$/)
    return JSON.parse(out)
  }
  /** What is said on failure: one problem document, and nothing else. */
  async function refused(words: string[], of: { env?: Environment } = {}): Promise<unknown> {
    const { code, out, err } = await run(words, of)
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/^\{.*\}\n$/)
    return JSON.parse(err)
  }
  const problem = (status: number, slug: string, more = {}) => ({
    type: `urn:countersign:problem:${slug}`,
    title: TEXT,
    status,
    detail: TEXT,
    ...more,
  })

  it('adds a person, once', async () => {
    const more = ['--name', 'Alice Liddell', '--email', 'alice@example.org', '--password-stdin']
    expect(await printed(['user', 'add', 'Alice', ...more], 'correct horse\n')).toEqual({
      id: ID('usr'),
      username: 'Alice',
    })
    expect(await refused(['user', 'add', ' ＡLICE'])).toEqual(problem(409, 'username-taken'))
  })

  it('verifies the audit log, in the store or in a file, and fails where it is not as it was', async () => {
    const { out } = await countersign({ COUNTERSIGN_DATA: folder, ...FAR }, ['audit', 'export'])
    expect(await printed(['audit', 'verify'])).toMatchObject({ ok: true, from: 1 })
    const file = join(folder, 'audit.jsonl')
    await writeFile(file, out)
    expect(await printed(['audit', 'verify', file])).toMatchObject({ ok: true, entries: out.split('\n').length - 3 })
    const { head } = (await printed(['audit', 'head'])) as { head: string }
    expect(await printed(['audit', 'verify', file])).toMatchObject({ compared: false })
    expect(await printed(['audit', 'verify', file, '--head', head])).toMatchObject({ ok: true, compared: true })
    await writeFile(file, out.replace('"kind":"user-added"', '"kind":"signed-in"'))
    const failed = await run(['audit', 'verify', file])
    expect([failed.code, failed.err]).toEqual([1, ''])
    expect(JSON.parse(failed.out)).toMatchObject({ ok: false, fault: { kind: 'changed', position: 1 } })
    expect(await refused(['audit', 'verify', join(folder, 'nothing')])).toMatchObject({ status: 422 })
  })

  it('makes an activation link on the app origin, good for as long as it is told', async () => {
    await printed(['user', 'add', 'bob'])
    const made = (await printed(['enrol', 'bob'])) as Record<string, string>
    expect(made).toEqual({
      enrolment: ID('enr'),
      activationUrl: `https://app.example/enrol#${made.code}`,
      code: expect.stringMatching(/^[0-9a-hjkmnp-tv-z]{26}$/),
      expiresAt: TIME,
    })
    const lasts = Date.parse(made.expiresAt ?? '') - Date.now()
    expect(Math.abs(lasts - 24 * 3_600_000)).toBeLessThan(60_000)
    const enhanced = ['--approval', 'enhanced', '--number-matching', 'off', '--unlock', 'none', '--digits', '3']
    const short = (await printed(['enrol', 'bob', ...enhanced, '--expires', '10m'])) as Record<string, string>
    expect(Math.abs(Date.parse(short.expiresAt ?? '') - Date.now() - 600_000)).toBeLessThan(60_000)
  })

  it('refuses what does not go together, and what does not exist', async () => {
    expect(await refused(['enrol', 'bob', '--approval', 'enhanced'])).toEqual(problem(422, 'incompatible-policy'))
    expect(await refused(['enrol', 'nobody'])).toEqual(problem(404, 'unknown-user'))
    expect(await refused(['enrol', 'bob', '--digits', '4'])).toEqual(
      problem(422, 'invalid', { errors: { '/digits': TEXT } }),
    )
    expect(await refused(['sing'])).toEqual(problem(400, 'unknown-command'))
  })

  it('adds an application, and with an address to go back to its OpenID Connect client', async () => {
    const apiKey = expect.stringMatching(/^csk_[0-9a-hjkmnp-tv-z]{26}$/)
    expect(await printed(['app', 'add', 'VPN'])).toEqual({ id: ID('app'), apiKey })
    const uris = ['--redirect-uri', 'https://harbour.example/a', '--redirect-uri', 'https://harbour.example/b']
    const [clientId, clientSecret] = [TEXT, TEXT]
    expect(await printed(['app', 'add', 'Harbour', ...uris])).toEqual({ id: ID('app'), apiKey, clientId, clientSecret })
  })

  it('tells of an application of Microsoft’s what Entra asks for, and nothing that it can’t use', async () => {
    const id = '9122040d-6c67-4c5b-b112-36a304b66dad'
    const words = ['app', 'add', 'Microsoft 365', '--entra-tenant', id, '--entra-application', id]
    const { clientId, ...told } = (await printed(words)) as Record<string, string>
    const issuer = `https://login.example/oidc/entra/${clientId}`
    const [discoveryEndpoint, redirectUri] = [`${issuer}/.well-known/openid-configuration`, `${issuer}/authorize`]
    expect(told).toEqual({ id: clientId, apiKey: TEXT, discoveryEndpoint, redirectUri })
    const { out } = await countersign({ COUNTERSIGN_DATA: folder, ...FAR }, words)
    const lines = out.split('\n').map((line) => line.trim().split(/ {2,}/))
    const said = Object.fromEntries(lines) as Record<string, string>
    expect(Object.keys(said).slice(1)).toEqual(['id', 'API key', 'client id', 'discovery endpoint', 'redirect URI', ''])
    expect(said['discovery endpoint']).toBe(
      `https://login.example/oidc/entra/${said['client id']}/.well-known/openid-configuration`,
    )
    expect(said['redirect URI']).toBe(`https://login.example/oidc/entra/${said['client id']}/authorize`)
  })

  it('adds and changes what asks over RADIUS, and keeps each thing that was said of it', async () => {
    const { id: application } = (await printed(['app', 'add', 'VPN'])) as { id: string }
    const where = ['--address', '192.0.2.0/24', '--certificate', 'vpn.harbour.example']
    const wishes = ['--challenges', 'yes', '--groups', '12356:1']
    const added = (await printed(['radius', 'add', application, ...where, ...wishes])) as Record<string, string>
    expect(added).toEqual({ id: ID('rad'), secret: 'radsec' })
    const kept = async () => {
      const { clients } = (await printed(['radius', 'list', '--application', application])) as { clients: object[] }
      return clients
    }
    const { id = '' } = added
    const said = { id, network: '192.0.2.0/24', certificate: 'vpn.harbour.example', groups: '12356:1' }
    expect(await kept()).toMatchObject([{ ...said, challenges: true, messageAuthenticator: true }])
    const others = ['--challenges', 'no', '--groups', 'class', '--without-message-authenticator']
    await printed(['radius', 'edit', id, '--address', '127.0.0.2', ...others])
    const changed = { ...said, network: '127.0.0.2/32', challenges: false, groups: 'class' }
    expect(await kept()).toMatchObject([{ ...changed, messageAuthenticator: false }])
    await printed(['radius', 'edit', id, '--with-message-authenticator'])
    expect(await kept()).toMatchObject([{ ...changed, messageAuthenticator: true }])
    const near = ['--address', '127.0.0.3', '--without-message-authenticator']
    const { id: nearest } = (await printed(['radius', 'add', application, ...near])) as Record<string, string>
    expect((await kept()).find((one) => 'id' in one && one.id === nearest)).toMatchObject({
      ...{ network: '127.0.0.3/32', certificate: '', challenges: false, groups: 'none', messageAuthenticator: false },
    })
  })

  it.each([
    ['a limit that there is not', { COUNTERSIGN_LIMITS: '{"requestsPerUsr":{"count":1}}' }, '/COUNTERSIGN_LIMITS'],
    ['an origin that browsers trust no key to', { COUNTERSIGN_URL: 'http://login.example' }, '/COUNTERSIGN_URL'],
  ])('does not start with %s', async (_, env, pointer) => {
    expect(await refused(['start'], { env })).toEqual(problem(422, 'invalid', { errors: { [pointer]: TEXT } }))
  })

  it('checks the installation, and says by its exit code whether all is well', async () => {
    const env = { COUNTERSIGN_MASTER_KEY: 'A'.repeat(43) }
    const { code, out } = await run(['check'], { env })
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ ok: false })
  })
})

import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../../test/support/engines.ts'
import { random } from '../../assemble.ts'
import { systemClock } from '../../clock.ts'
import { readConfig } from '../../config.ts'
import { signingKeys } from '../../oidc/keys.ts'
import { sealer } from '../../store/sealer.ts'
import { judge } from './certificate.ts'
import { checkOrigins, type Get } from './origins.ts'
import { judgeClock, judgeReach } from './push-services.ts'
import { checkTogether } from './secrets-and-store.ts'
import { checkSettings } from './settings.ts'

const ORIGINS = { public: 'https://id.example.org', app: 'https://app.example.org' }
const NOW = Date.UTC(2026, 0, 1)
const DAY = 86_400_000

describe('origins', () => {
  async function installation() {
    const store = await openStore('sqlite')
    const seals = sealer(random(32), random)
    const keys = await signingKeys({ store, sealer: seals, clock: systemClock })
    const published = keys.map((key) =>
      createPublicKey({ format: 'jwk', key: key as JsonWebKey }).export({ format: 'jwk' }),
    )
    return { store, sealer: seals, published, [Symbol.asyncDispose]: () => store.close() }
  }
  const site =
    (answers: Record<string, Response | Error>): Get =>
    async (url) => {
      const answer = answers[url] ?? new Response('', { status: 404 })
      if (answer instanceof Error) throw answer
      return answer.clone()
    }
  const well = (keys: unknown[]) => ({
    [`${ORIGINS.public}/readyz`]: Response.json({ ok: true }),
    [`${ORIGINS.public}/oidc/jwks`]: Response.json({ keys }),
    [`${ORIGINS.app}/readyz`]: Response.json({ ok: true }),
    [`${ORIGINS.app}/`]: new Response('<!doctype html>'),
  })
  const statuses = async (parts: Awaited<ReturnType<typeof installation>>, get: Get, origins = ORIGINS) =>
    (await checkOrigins(origins, { ...parts, get })).map(({ name, status }) => `${name}: ${status}`)

  it('that answer with this installation’s keys are well', async () => {
    await using parts = await installation()
    expect(await statuses(parts, site(well(parts.published)))).toEqual(['public origin: ok', 'app origin: ok'])
  })

  it('of another installation are found out', async () => {
    await using parts = await installation()
    await using other = await installation()
    expect(await statuses(parts, site(well(other.published)))).toEqual(['public origin: problem', 'app origin: ok'])
  })

  it('that are silent are told once where they are one', async () => {
    await using parts = await installation()
    const nobody: Get = () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }))
    expect(await statuses(parts, nobody)).toEqual(['public origin: problem', 'app origin: problem'])
    expect(await statuses(parts, nobody, { ...ORIGINS, app: ORIGINS.public })).toEqual(['public origin: problem'])
  })

  it('without a built authenticator are not well', async () => {
    await using parts = await installation()
    const answers = { ...well(parts.published), [`${ORIGINS.app}/`]: new Response('', { status: 503 }) }
    expect(await statuses(parts, site(answers))).toEqual(['public origin: ok', 'app origin: problem'])
  })

  it('a store sealed under another master key is told apart from a good one', async () => {
    await using parts = await installation()
    expect((await checkTogether(parts.store, parts.sealer)).status).toBe('ok')
    expect((await checkTogether(parts.store, sealer(random(32), random))).status).toBe('problem')
  })
})

it.each([
  [90, 'ok'],
  [14, 'ok'],
  [13, 'warning'],
  [0, 'warning'],
])('a certificate with %i days left is %s', (days, status) => {
  expect(judge({ valid_to: new Date(NOW + days * DAY + 1000).toUTCString() }, NOW).status).toBe(status)
})

describe('push services', () => {
  const reached = [{ origin: 'https://a.example', date: NOW, roundTrip: 0 }]
  const reachable = { url: 'https://id.example.org', httpsProxy: undefined }
  const trial = { url: undefined, httpsProxy: undefined }

  it.each([
    ['all answer', { reached, silent: [] }, reachable, 'ok'],
    ['one is silent', { reached, silent: ['https://b.example'] }, reachable, 'warning'],
    ['none answers an installation for others', { reached: [], silent: ['https://b.example'] }, reachable, 'problem'],
    ['none answers a trial, which may be offline', { reached: [], silent: ['https://b.example'] }, trial, 'warning'],
  ])('where %s', (_when, reach, config, status) => expect(judgeReach(reach, config).status).toBe(status))

  it('do not repeat the proxy, which may hold a password', () => {
    const config = { ...reachable, httpsProxy: 'http://user:hunter2@proxy.example' }
    expect(JSON.stringify(judgeReach({ reached: [], silent: ['https://b.example'] }, config))).not.toContain('hunter2')
  })

  it.each([
    [0, 'ok'],
    [9_000, 'ok'],
    [-9_000, 'ok'],
    [61_000, 'problem'],
    [-61_000, 'problem'],
  ])('show a clock that is off by %i ms as %s', (off, status) => {
    expect(judgeClock({ reached, silent: [] }, NOW + off).status).toBe(status)
  })

  it('that tell no time leave the clock unchecked', () => {
    const undated = [{ origin: 'https://a.example', date: undefined, roundTrip: 0 }]
    expect(judgeClock({ reached: undated, silent: [] }, NOW).status).toBe('not checked')
  })
})

describe('settings', () => {
  const statusesOf = (env: Record<string, string>) => checkSettings(readConfig(env), env).map(({ status }) => status)

  it.each([
    ['none at all', {}, ['ok']],
    ['a misspelt name', { COUNTERSIGN_TRUSTED_PROXY: '127.0.0.1' }, ['warning']],
    [
      'a demonstration for all the world',
      { COUNTERSIGN_URL: 'https://id.example.org', COUNTERSIGN_DEMO: '1', COUNTERSIGN_TRUSTED_PROXIES: '::1' },
      ['problem'],
    ],
    ['https without a trusted proxy', { COUNTERSIGN_URL: 'https://id.example.org' }, ['warning']],
  ])('%s', (_name, env, expected) => expect(statusesOf(env)).toEqual(expected))
})

import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import { type Environment, originsOf, readConfig, unknownVariables } from './config.ts'

function faultsOf(env: Environment): Record<string, string> {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof Problem) return error.members.errors as Record<string, string>
    throw error
  }
  return {}
}

describe('the environment', () => {
  it('when empty gives a demonstration that only this machine can reach', () => {
    expect(readConfig({})).toMatchObject({
      url: undefined,
      host: '127.0.0.1',
      port: 8080,
      dataFolder: resolve('data/demonstration'),
      demo: true,
      organisation: 'Harbour',
      logLevel: 'warn',
      limits: DEFAULT_LIMITS,
      trustedProxies: [],
    })
  })

  it('with a public origin listens for everyone and is no demonstration', () => {
    const config = readConfig({ COUNTERSIGN_URL: 'https://id.example.org' })
    expect(config).toMatchObject({ host: '0.0.0.0', demo: false, organisation: 'Countersign', logLevel: 'info' })
  })

  it('treats empty variables as absent', () => {
    expect(readConfig({ COUNTERSIGN_URL: '', PORT: ' ', DATABASE_URL: '' })).toEqual(readConfig({}))
  })

  it('lists every fault at once, each by the name of its variable', () => {
    const faults = faultsOf({ PORT: '70000', COUNTERSIGN_DEMO: 'yes', DATABASE_URL: 'mysql://u:hunter2@db/x' })
    expect(Object.keys(faults)).toEqual(['/COUNTERSIGN_DEMO', '/PORT', '/DATABASE_URL'])
    for (const [pointer, sentence] of Object.entries(faults)) expect(sentence).toContain(pointer.slice(1))
  })

  it.each([
    ['DATABASE_URL', 'mysql://user:hunter2@db/x'],
    ['COUNTERSIGN_MASTER_KEY', 'hunter2'],
    ['HTTPS_PROXY', 'socks5://user:hunter2@proxy'],
    ['COUNTERSIGN_URL', 'https://user:hunter2@id.example.org'],
    ['COUNTERSIGN_LIMITS', 'hunter2'],
    ['COUNTERSIGN_SMTP', 'smtp://it:hunter2@mail.example.org/path'],
  ])('never repeats the value of %s', (name, text) => {
    expect(JSON.stringify(faultsOf({ [name]: text }))).toMatch(new RegExp(`"${name} (?!.*hunter2)`))
  })
})

describe('origins', () => {
  it.each(['https://id.example.org', 'https://id.example.org:8443', 'http://localhost:8080', 'http://127.0.0.1:1'])(
    'may be %s',
    (url) => expect(readConfig({ COUNTERSIGN_URL: url }).url).toBe(url),
  )
  it.each(['http://[::1]:80', 'http://app.localhost:8080/', 'HTTPS://ID.example.org/'])(
    'take %s as its origin',
    (url) =>
      expect(readConfig({ COUNTERSIGN_URL: url, COUNTERSIGN_APP_URL: url })).toMatchObject({
        url: new URL(url).origin,
        appUrl: new URL(url).origin,
      }),
  )
  it.each([
    'http://id.example.org',
    'https://id.example.org/login',
    'https://id.example.org?x',
    'https://alice@id.example.org',
    'ftp://localhost',
    'localhost:8080',
    'http://localhost.example.org',
    'http://127.0.0.1.example.org',
  ])('refuse %s', (url) => {
    expect(Object.keys(faultsOf({ COUNTERSIGN_URL: url }))).toEqual(['/COUNTERSIGN_URL'])
    expect(Object.keys(faultsOf({ COUNTERSIGN_APP_URL: url }))).toEqual(['/COUNTERSIGN_APP_URL'])
  })

  it('follow the port that is really listened on where none is set', () => {
    expect(originsOf(readConfig({ PORT: '0' }), 41234)).toEqual({
      public: 'http://localhost:41234',
      app: 'http://localhost:41234',
    })
  })

  it('may differ for the authenticator', () => {
    const config = readConfig({
      COUNTERSIGN_URL: 'https://id.example.org',
      COUNTERSIGN_APP_URL: 'https://app.example.org',
    })
    expect(originsOf(config, 8080)).toEqual({ public: 'https://id.example.org', app: 'https://app.example.org' })
  })
})

describe('mail', () => {
  it.each([
    ['smtps://it%40harbour:p%25@mail.example.org', 'mail.example.org'],
    ['smtp://127.0.0.1:2525', '127.0.0.1'],
  ])('goes by %s', (url, host) => expect(readConfig({ COUNTERSIGN_SMTP: url }).smtp?.hostname).toBe(host))
  it.each([
    'http://mail.example.org',
    'smtp://',
    'mail.example.org:25',
    'smtp://a:%zz@mail.example.org',
    'smtp://m/?x',
  ])('does not go by %s', (url) =>
    expect(Object.keys(faultsOf({ COUNTERSIGN_SMTP: url }))).toEqual(['/COUNTERSIGN_SMTP']),
  )
  it.each([
    ['it@harbour.example.org', { name: '', address: 'it@harbour.example.org' }],
    ['Harbour <it@harbour.example.org>', { name: 'Harbour', address: 'it@harbour.example.org' }],
    ['"Harbour, IT" <it@harbour.example.org>', { name: 'Harbour, IT', address: 'it@harbour.example.org' }],
  ])('is from %s', (text, from) => expect(readConfig({ COUNTERSIGN_MAIL_FROM: text }).mailFrom).toEqual(from))
  it.each(['harbour', 'a@b, c@d', 'a b@c', 'Harbour <it@harbour.example.org> x', 'a@b\r\nBcc: c@d'])(
    'is not from %j',
    (text) => expect(Object.keys(faultsOf({ COUNTERSIGN_MAIL_FROM: text }))).toEqual(['/COUNTERSIGN_MAIL_FROM']),
  )
  it.each(['0', '-1', '1.5', 'many'])('does not leave %s a minute', (text) =>
    expect(Object.keys(faultsOf({ COUNTERSIGN_MAILS_PER_MINUTE: text }))).toHaveLength(1),
  )
})

describe('lists', () => {
  it('of proxies are networks, in one spelling', () => {
    const { trustedProxies } = readConfig({ COUNTERSIGN_TRUSTED_PROXIES: '10.1.2.3/8, 127.0.0.1 fd00::1/8,::1' })
    expect(trustedProxies).toEqual(['10.0.0.0/8', '127.0.0.1/32', 'fd00::/8', '::1/128'])
  })
  it.each(['10.0.0.0/33', '10.0.0/8', '010.0.0.1/8', 'proxy.example.org', '10.0.0.0/', '::1/129', '1.2.3.4/8/8'])(
    'of proxies refuse %s',
    (text) => expect(Object.keys(faultsOf({ COUNTERSIGN_TRUSTED_PROXIES: text }))).toHaveLength(1),
  )
  it('of push services are https origins', () => {
    expect(readConfig({ COUNTERSIGN_PUSH_ORIGINS: 'https://push.example.org:8443' }).pushOrigins).toHaveLength(1)
    expect(Object.keys(faultsOf({ COUNTERSIGN_PUSH_ORIGINS: 'http://localhost:1' }))).toHaveLength(1)
  })
})

describe('limits', () => {
  it('change by name and keep what is not named', () => {
    const { limits } = readConfig({ COUNTERSIGN_LIMITS: '{"requestsPerUser":{"count":7},"pushPause":{"seconds":1.5}}' })
    expect(limits).toEqual({
      ...DEFAULT_LIMITS,
      requestsPerUser: { count: 7, seconds: 60 },
      pushPause: { seconds: 1.5 },
    })
  })
  it.each([
    ['{"requestPerUser":{"count":7}}', 'requestPerUser'],
    ['{"requestsPerUser":{"number":7}}', 'requestsPerUser'],
    ['{"requestsPerUser":{"count":0}}', 'requestsPerUser'],
    ['{"requestsPerUser":{"count":"7"}}', 'requestsPerUser'],
    ['{"requestsPerUser":7}', 'requestsPerUser'],
    ['{"pushPause":{"seconds":-1}}', 'pushPause'],
    ['{"__proto__":{"count":1}}', '__proto__'],
    ['[]', 'JSON object'],
    ['{', 'JSON object'],
  ])('refuse %s with a sentence that tells why', (text, word) => {
    expect(faultsOf({ COUNTERSIGN_LIMITS: text })['/COUNTERSIGN_LIMITS']).toContain(word)
  })
})

it('variables that mean nothing can be told', () => {
  expect(unknownVariables({ COUNTERSIGN_TRUSTED_PROXY: 'x', COUNTERSIGN_URL: 'x', PATH: 'x' })).toEqual([
    'COUNTERSIGN_TRUSTED_PROXY',
  ])
})

it('a master key has 32 bytes', () => {
  expect(readConfig({ COUNTERSIGN_MASTER_KEY: 'A'.repeat(43) }).masterKeys).toEqual([new Uint8Array(32)])
  for (const text of ['A'.repeat(42), `${'A'.repeat(42)}B`, `${'A'.repeat(43)}=`]) {
    expect(faultsOf({ COUNTERSIGN_MASTER_KEY: text })['/COUNTERSIGN_MASTER_KEY']).toContain('32 bytes')
  }
})

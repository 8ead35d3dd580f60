import { describe, expect, it } from 'vitest'
import { allowedEndpoint, type EndpointRules } from './endpoint.ts'

const NAMES: Record<string, string[]> = {
  'push.example.com': ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  'inside.example.com': ['10.1.2.3'],
  'both.example.com': ['93.184.215.14', '127.0.0.1'],
  'six.example.com': ['fd00::1'],
  'translated.example.com': ['64:ff9b::93.184.215.14'],
}

const rules: EndpointRules = {
  allowedOrigins: ['https://localhost:8443', 'https://push.corp.internal'],
  isProxied: () => false,
  lookup: async (name) => {
    const found = NAMES[name]
    if (!found) throw new Error('ENOTFOUND')
    return found
  },
}

const refusal = expect.objectContaining({ slug: 'endpoint-not-allowed', status: 422 })

describe('an endpoint is allowed', () => {
  it.each([
    ['https://push.example.com/wp/abc?x=1'],
    ['https://translated.example.com/wp/abc'],
    ['https://93.184.215.14/wp/abc'],
    ['https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/wp/abc'],
    ['https://[64:ff9b::5db8:d70e]/wp/abc'],
    ['https://localhost:8443/wp/abc'],
    ['https://push.corp.internal/wp/abc'],
  ])('%s', async (endpoint) => {
    expect(await allowedEndpoint(endpoint, rules)).toBe(endpoint)
  })

  it('on port 443 said aloud, and with 1,024 characters', async () => {
    expect(await allowedEndpoint('https://push.example.com:443/a', rules)).toBe('https://push.example.com/a')
    const longest = 'https://push.example.com/'.padEnd(1024, 'a')
    expect(await allowedEndpoint(longest, rules)).toBe(longest)
    await expect(allowedEndpoint(`${longest}a`, rules)).rejects.toEqual(refusal)
  })

  it('by its name alone where a proxy resolves names', async () => {
    const proxied = { ...rules, isProxied: () => true, lookup: () => Promise.reject(new Error('no DNS here')) }
    const endpoint = 'https://push.example.com/wp/abc'
    expect(await allowedEndpoint(endpoint, proxied)).toBe(endpoint)
    await expect(allowedEndpoint('https://10.0.0.1/', proxied)).rejects.toEqual(refusal)
    await expect(allowedEndpoint('https://intranet/', proxied)).rejects.toEqual(refusal)
    await expect(allowedEndpoint('https://files.corp.internal/', proxied)).rejects.toEqual(refusal)
  })
})

describe('an endpoint is refused', () => {
  it.each([
    ['no URL', 'push.example.com/wp/abc'],
    ['plain http', 'http://push.example.com/wp/abc'],
    ['plain http of a listed name', 'http://localhost:8443/wp/abc'],
    ['another scheme', 'file:///etc/passwd'],
    ['user info', 'https://push.example.com@10.0.0.1/wp/abc'],
    ['user info on a listed origin', 'https://a:b@localhost:8443/wp/abc'],
    ['another port', 'https://push.example.com:8443/wp/abc'],
    ['another port of a listed name', 'https://localhost:8444/wp/abc'],
    ['a name that resolves to a private address', 'https://inside.example.com/wp/abc'],
    ['a name of which one address is private', 'https://both.example.com/wp/abc'],
    ['a name that resolves to a unique local address', 'https://six.example.com/wp/abc'],
    ['a name without an address', 'https://nowhere.example.com/wp/abc'],
    ['localhost', 'https://localhost/wp/abc'],
    ['localhost with a dot', 'https://localhost./wp/abc'],
    ['localhost in capitals', 'https://LOCALHOST/wp/abc'],
    ['below localhost', 'https://app.localhost/wp/abc'],
    ['.local', 'https://printer.local/wp/abc'],
    ['.local with a dot', 'https://printer.local./wp/abc'],
    ['.internal', 'https://metadata.google.internal/wp/abc'],
    ['a name without a dot', 'https://intranet/wp/abc'],
  ])('%s: %s', async (_, endpoint) => {
    await expect(allowedEndpoint(endpoint, rules)).rejects.toEqual(refusal)
  })

  it.each([
    '127.0.0.1',
    '127.0.0.1.',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0',
    '10.0.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::127.0.0.1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:0:10.0.0.1]',
    '[64:ff9b::10.0.0.1]',
    '[64:ff9b:1::1]',
    '[fe80::1]',
    '[fec0::1]',
    '[fc00::1]',
    '[fd12:3456::1]',
    '[ff02::1]',
    '[2001:db8::1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '[100::1]',
    '[4000::1]',
  ])('the address %s', async (host) => {
    await expect(allowedEndpoint(`https://${host}/wp/abc`, rules)).rejects.toEqual(refusal)
  })
})

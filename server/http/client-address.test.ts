import { describe, expect, it } from 'vitest'
import { clientAddress } from './client-address.ts'
import type { Call } from './env.ts'

const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({
    env: { incoming: { socket: { remoteAddress } } },
    req: { header: (name: string) => headers[name] },
  }) as unknown as Call

describe('the address a call came from', () => {
  const trusting = clientAddress(['10.0.0.0/8', 'fd00::/8'])

  it('is the connection’s, where no proxy is trusted', () => {
    const direct = clientAddress([])
    expect(direct(from('203.0.113.7', { 'x-forwarded-for': '198.51.100.1' }))).toBe('203.0.113.7')
    expect(direct(from('::ffff:203.0.113.7'))).toBe('203.0.113.7')
  })

  it.each([
    ['X-Forwarded-For', { 'x-forwarded-for': '198.51.100.1' }, '198.51.100.1'],
    [
      'what the proxies of ours added, not what came before',
      { 'x-forwarded-for': '1.1.1.1, 198.51.100.1, 10.0.0.2' },
      '198.51.100.1',
    ],
    ['Forwarded', { forwarded: 'proto=https;for=198.51.100.1;by=10.0.0.1' }, '198.51.100.1'],
    ['Forwarded with IPv6', { forwarded: 'for="[2001:db8::17]:4711"' }, '2001:db8::17'],
    ['a port beside it', { 'x-forwarded-for': '198.51.100.1:4711' }, '198.51.100.1'],
    ['IPv6 with a port beside it', { 'x-forwarded-for': '192.168.1.5, [2001:db8::17]:4711' }, '2001:db8::17'],
    ['an open quotation mark of the client’s', { forwarded: 'for="1.1.1.1, for=198.51.100.1' }, '198.51.100.1'],
    ['nobody, who asks for itself', {}, '10.0.0.1'],
  ])('behind a trusted proxy is told by %s', (_what, headers, address) => {
    expect(trusting(from('10.0.0.1', headers))).toBe(address)
  })

  it.each([
    ['both headers', { forwarded: 'for=10.0.0.9', 'x-forwarded-for': '198.51.100.1' }],
    ['a hop without an address', { 'x-forwarded-for': '192.168.1.5, unknown' }],
    ['a hop that hides', { forwarded: 'for=192.168.1.5, for=_hidden' }],
    ['a hop that says nothing of it', { forwarded: 'for=192.168.1.5, proto=https' }],
    ['an empty hop', { 'x-forwarded-for': '192.168.1.5,' }],
  ])('is not guessed from %s', (_what, headers) => {
    expect(() => trusting(from('10.0.0.1', headers))).toThrow(expect.objectContaining({ slug: 'malformed' }))
    expect(trusting(from('203.0.113.7', headers))).toBe('203.0.113.7')
  })

  it('is not told by a stranger who plays a proxy', () => {
    expect(trusting(from('203.0.113.7', { 'x-forwarded-for': '198.51.100.1' }))).toBe('203.0.113.7')
  })
})

import { describe, expect, it } from 'vitest'
import { canonicalAddress, clientName, deviceContext, type Locate } from './context.ts'

const nowhere: Locate = () => undefined
const rotterdam: Locate = () => ({ name: 'Rotterdam, Netherlands', region: 'NL-ZH' })

describe('what a device is shown about a request', () => {
  it('leaves out what nobody knows', () => {
    expect(deviceContext({}, nowhere, [])).toEqual({})
    expect(deviceContext({ userAgent: '', resource: '', message: '' }, nowhere, [])).toEqual({})
  })

  it('names a place that is new for this person, who has approved elsewhere before', () => {
    const given = { ip: '203.0.113.7' }
    expect(deviceContext(given, rotterdam, [])).toEqual({ ip: '203.0.113.7', location: 'Rotterdam, Netherlands' })
    expect(deviceContext(given, rotterdam, ['NL-ZH', 'FR-75'])).not.toHaveProperty('notice')
    expect(deviceContext(given, rotterdam, ['FR-75'])).toMatchObject({ notice: 'new-place' })
    expect(deviceContext(given, nowhere, ['FR-75'])).toEqual({ ip: '203.0.113.7' })
  })

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['0:0:0:0:0:0:0:0', '::'],
  ])('writes %s as RFC 5952 does: %s', (given, written) => {
    expect(canonicalAddress(given)).toBe(written)
  })

  it.each(['', 'localhost', '203.0.113.256', '203.0.113', '0x7f.1', '10.0.0.0/8', 'fe80::1%eth0', '[::1]'])(
    'refuses %j as an address',
    (given) => {
      expect(() => canonicalAddress(given)).toThrow(expect.objectContaining({ slug: 'invalid' }))
    },
  )

  it('names browser and system, in at most 64 characters', () => {
    const chrome =
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
    expect(clientName(chrome)).toBe('Chrome on Windows')
    expect(clientName('nothing anyone knows')).toBe('')
    expect(clientName(`${'x'.repeat(300)} Firefox/140.0`).length).toBeLessThanOrEqual(64)
  })

  it('never cuts a character in half, for then no device could agree on what it was shown', () => {
    for (const length of [62, 63, 64]) expect(clientName(`${'x'.repeat(length)}🦊🦊/1.0`).isWellFormed()).toBe(true)
  })
})

// Where a sign-in to a protected site ends: at the page asked for, and never at another site.
import { describe, expect, it } from 'vitest'
import { askedIn, wayBack } from './way-back.ts'

const SITE = 'https://wiki.example'

describe('the way back', () => {
  it.each([
    ['/page?a=1&b=2', '/page?a=1&b=2'],
    ['/', '/'],
    ['/café', '/caf%C3%A9'],
    ['/page#part', '/page'],
    ['//evil.example/', '/'],
    ['/\\evil.example', '/'],
    ['\\\\evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['https://evil.example/', '/'],
    ['javascript:alert(1)', '/'],
    ['@evil.example', '/'],
    ['.evil.example', '/'],
    ['/.//evil.example', '//evil.example'],
    ['/..//evil.example', '//evil.example'],
    ['/a/../forward-auth/start?rd=/', '/'],
    ['/forward-auth', '/'],
    ['/forward-authority', '/forward-authority'],
    [`/${'a'.repeat(2048)}`, '/'],
    ['', '/'],
  ])('to %j leads to %j on the site itself', (asked, expected) => {
    expect(wayBack(SITE, asked)).toBe(SITE + expected)
    expect(new URL(wayBack(SITE, asked)).origin).toBe(SITE)
  })

  it.each([
    ['?rd=/page?a=1&b=2', '/page?a=1&b=2'],
    ['?rd=%2Fpage%3Fa%3D1%26b', '/page?a=1&b'],
    ['?rd=/100%25', '/100%25'],
    ['?rd=%2f%E0%A4%A', ''],
    ['?other=1&rd=/page', ''],
    ['', ''],
  ])('is read from %j as %j', (search, expected) => {
    expect(askedIn(search)).toBe(expected)
  })
})

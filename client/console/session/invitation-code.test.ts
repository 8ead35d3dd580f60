import { expect, it } from 'vitest'
import { takeInvitationCode } from './invitation-code.ts'

function open(address: string) {
  const location = new URL(address, 'https://id.example.org')
  const replaceState = (_state: unknown, _title: string, url?: string | URL | null) => {
    location.href = new URL(String(url), location).href
  }
  const code = takeInvitationCode(location, { state: null, replaceState })
  return { code, address: location.pathname + location.hash }
}

it('a one-time link’s code leaves the address before anything else sees it', () => {
  expect(open('/console/invitation#abc')).toEqual({ code: 'abc', address: '/console/invitation' })
})

it.each(['/console/invitation', '/console/users#abc'])('%s holds none', (address) => {
  expect(open(address)).toEqual({ code: undefined, address })
})

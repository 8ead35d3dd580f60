import { describe, expect, it } from 'vitest'
import type { ApplicationView } from '../../../protocol/operator-api/applications.ts'
import { USUAL_OIDC_CLIENT } from '../../../protocol/operator-api/oidc-client.ts'
import type { RadiusClientView } from '../../../protocol/operator-api/radius-clients.ts'
import { allDoors, type DoorId, type Known } from './all-doors.ts'

const NOW = '2026-01-01T12:00:00.000Z'
const EARLIER = '2026-01-01T11:00:00.000Z'
const key = (lastUsedAt: string | null) => ({ id: 'k', createdAt: EARLIER, lastUsedAt })
const harbour: ApplicationView = {
  id: 'app_harbour' as never,
  name: 'Harbour',
  createdAt: EARLIER,
  clientId: null,
  redirectUris: [],
  protectedSites: [],
  apiKeys: [key(null)],
  previousSecretUntil: null,
  oidc: { askedAt: null, usedAt: null },
  client: null,
  groups: null,
  loginText: null,
  icon: null,
  version: 1,
}
const gateway: RadiusClientView = {
  id: 'rad_a' as never,
  application: harbour.id,
  network: '192.0.2.0/24',
  certificate: '',
  challenges: false,
  groups: 'none',
  messageAuthenticator: true,
  previousSecretUntil: null,
  createdAt: EARLIER,
  lastSeenAt: null,
  fault: null,
  version: 1,
}
const bare: Known = {
  origin: 'https://login.example.org',
  now: Date.parse(NOW),
  applications: [],
  radius: { clients: [], udp: null, radsec: null },
  directory: { directory: null },
  apiTokens: [],
}

function door(id: DoorId, more: Partial<Known> = {}) {
  const found = allDoors({ ...bare, ...more }).find((one) => one.id === id)
  if (!found) throw new Error(`no door ${id}`)
  return found
}

describe('the doors', () => {
  it('are all shut where nothing is set up, and each says what opens it', () => {
    const doors = allDoors(bare)
    expect(doors.map(({ id }) => id)).toEqual([
      'oidc',
      'rest',
      'radius',
      'radsec',
      'forward-auth',
      'entra',
      'ldap',
      'scim',
    ])
    for (const { state, hint } of doors) expect([state, hint]).toEqual(['shut', expect.stringMatching(/\.$/)])
  })

  it('of the login page and of Entra are each of their own applications', () => {
    const entra = { tenant: 't', application: 'a', cloud: 'global' as const }
    const site = { ...harbour, clientId: 'harbour', client: USUAL_OIDC_CLIENT, oidc: { askedAt: NOW, usedAt: EARLIER } }
    const microsoft = { ...site, id: 'app_entra' as never, name: 'Entra', client: { ...USUAL_OIDC_CLIENT, entra } }
    const applications = [site, { ...microsoft, oidc: { askedAt: null, usedAt: EARLIER } }]
    expect(door('oidc', { applications })).toEqual({
      id: 'oidc',
      state: 'open',
      hint: undefined,
      where: ['https://login.example.org/oidc'],
      users: [{ name: 'Harbour', application: 'app_harbour' }],
      lastSeen: NOW,
    })
    expect(door('entra', { applications })).toMatchObject({ users: [{ name: 'Entra' }], lastSeen: EARLIER })
  })

  it('of the API names who has used a key', () => {
    const used = { ...harbour, name: 'Ferry', apiKeys: [key(EARLIER), key(NOW)] }
    expect(door('rest', { applications: [harbour] })).toMatchObject({ state: 'open', users: [], lastSeen: null })
    expect(door('rest', { applications: [harbour, used] })).toMatchObject({ users: [{ name: 'Ferry' }], lastSeen: NOW })
  })

  it('of RADIUS are told apart by the certificate, and tell of what was refused since a client was heard', () => {
    const fault = { kind: 'wrong-secret' as const, at: EARLIER }
    const clients = [
      { ...gateway, lastSeenAt: NOW, fault },
      { ...gateway, certificate: 'vpn.example.org', fault },
    ]
    const radius = { clients, udp: 'udp://192.0.2.1:1812', radsec: 'tls://192.0.2.1:2083' }
    const known = { applications: [harbour], radius }
    expect(door('radius', known)).toMatchObject({ where: [radius.udp], lastSeen: NOW, hint: undefined })
    expect(door('radsec', known)).toMatchObject({
      where: [radius.radsec],
      users: [{ name: 'Harbour' }],
      lastSeen: null,
      hint: expect.stringContaining('was refused'),
    })
  })

  it('of the directory says whether it answers', () => {
    const servers = [{ server: 'ldaps://ldap.example.org', state: 'failing' as const, since: NOW }]
    const shown = (reached: boolean) => ({ directory: { base: 'dc=example', createUsers: true, reached, servers } })
    expect(door('ldap', { directory: undefined }).state).toBe('asking')
    expect(door('ldap', { directory: shown(true) })).toMatchObject({ state: 'open', hint: undefined })
    expect(door('ldap', { directory: shown(false) })).toMatchObject({
      state: 'failing',
      where: ['ldaps://ldap.example.org'],
      hint: expect.stringContaining('No server of the directory answers'),
    })
  })

  it('of provisioning is open by a token that has not ended, and hidden from whoever may not see tokens', () => {
    const token = { id: 'tok' as never, name: 'Okta', role: 'provisioning' as const, madeBy: null, createdAt: EARLIER }
    const until = (expiresAt: string) => ({ apiTokens: [{ ...token, expiresAt, lastUsedAt: EARLIER }] })
    expect(door('scim', until(EARLIER)).state).toBe('shut')
    expect(door('scim', until('2026-02-01T00:00:00.000Z'))).toMatchObject({
      state: 'open',
      users: [{ name: 'Okta' }],
      lastSeen: EARLIER,
    })
    expect(door('scim', { apiTokens: undefined }).state).toBe('hidden')
  })
})

// The organisation's directory as first factor, with Debian's slapd: over LDAPS and StartTLS, with groups in groups, and
// with a server that goes.
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Attribute, Change, Client } from 'ldapts'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { DirectoryTried, DirectoryView } from '../../protocol/operator-api/directory.ts'
import { addApplication } from '../../server/applications/applications.ts'
import { checkDirectory } from '../../server/cli/checks/directory.ts'
import { groupsOf } from '../../server/directory/groups.ts'
import { changeOwnPassword } from '../../server/directory/own-password.ts'
import { findUser } from '../../server/directory/rows.ts'
import { setPassword } from '../../server/directory/set-password.ts'
import { resumeUser, suspendUser } from '../../server/directory/suspension.ts'
import { addUser } from '../../server/directory/users.ts'
import { setPolicy } from '../../server/policy/stored.ts'
import { addClient } from '../../server/radius/clients.ts'
import { arrival, CALLBACK } from '../support/arrival.ts'
import { Browsing } from '../support/browsing.ts'
import { testCertificate } from '../support/certificate.ts'
import { blocksOf } from '../support/page-blocks.ts'
import { messageOf, RadiusClient } from '../support/radius-client.ts'
import { GENEROUS, limits } from '../support/server.ts'
import { BASE, ROOT_DN, ROOT_PASSWORD, type Slapd, startSlapd } from '../support/slapd.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf } from '../support/wire-operator.ts'

const PASSWORD = 'correct horse battery'
const ELSEWHERE = '409 password-elsewhere'
const ODD = 'o*(dd)\\x'
const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const

/** Replicas agree on who is who. */
const uuidOf = (dn: string) =>
  createHash('sha256')
    .update(dn)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
const person = (dn: string, lines: string[]) =>
  [
    `dn: ${dn},${BASE}`,
    'objectClass: inetOrgPerson',
    'objectClass: user',
    `entryUUID: ${uuidOf(dn)}`,
    ...lines,
    '',
  ].join('\n')
const utf8 = (text: string) => Buffer.from(text).toString('base64')
const known = (uid: string, more: string[] = []) =>
  person(`cn=${uid}`, [`cn: ${uid}`, 'sn: x', `uid: ${uid}`, `userPassword: ${PASSWORD}`, ...more])

const LDIF = [
  person('cn=reader', ['cn: reader', 'sn: reader', 'userPassword: reads everything']),
  known('alice', [
    'mail: alice@harbour.example',
    'sAMAccountName: ALICE',
    'displayName: Alice',
    'objectGUID:: AAECAwQFBgcICQoLDA0ODw==',
  ]),
  known('bob', ['sAMAccountName: bob', 'userAccountControl: 512', 'objectGUID:: EAECAwQFBgcICQoLDA0ODw==']),
  known('carol', ['sAMAccountName: carol', 'userAccountControl: 514', 'objectGUID:: IAECAwQFBgcICQoLDA0ODw==']),
  known('local'),
  known('leaver'),
  known('twin'),
  known('pat', ['mail: pat@harbour.example']),
  person('cn=odd', ['cn: odd', 'sn: x', `uid:: ${utf8(ODD)}`, `userPassword: ${PASSWORD}`]),
  person('cn=umlaut', [
    `cn:: ${utf8('Jürgen Größe')}`,
    'cn: umlaut',
    'sn: x',
    `uid:: ${utf8('jürgen')}`,
    `userPassword:: ${utf8('pässwörd')}`,
  ]),
  // Groups in groups, and round in a circle.
  [
    `dn: cn=Developers,${BASE}`,
    'objectClass: groupOfNames',
    `member: cn=alice,${BASE}`,
    `member: cn=Staff,${BASE}`,
    '',
  ].join('\n'),
  [`dn: cn=Staff,${BASE}`, 'objectClass: groupOfNames', `member: cn=Developers,${BASE}`, ''].join('\n'),
  [`dn: cn=Secret,${BASE}`, 'objectClass: groupOfNames', `member: cn=bob,${BASE}`, ''].join('\n'),
].join('\n')

const folders: string[] = []
const servers: Slapd[] = []
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })))
})

async function configured(settings: object) {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-ldap-'))
  folders.push(folder)
  const [file, passwordFile] = [join(folder, 'ldap.json'), join(folder, 'password')]
  await writeFile(passwordFile, 'reads everything\n')
  const usual = {
    ca: testCertificate().caPath,
    bindDn: `cn=reader,${BASE}`,
    bindPasswordFile: passwordFile,
    base: BASE,
  }
  await writeFile(file, JSON.stringify({ kind: 'openldap', ...usual, ...settings }))
  const calls = limits({ signInsPerAddress: { count: 1000 }, requestsPerUser: { count: 1000 } })
  return { env: { ...GENEROUS, ...calls, COUNTERSIGN_LDAP: file } }
}

async function started(): Promise<Slapd> {
  const server = await startSlapd(LDIF)
  servers.push(server)
  return server
}

type House = ReturnType<typeof wireHouse>
/** At the login page. @returns what is said to a name and a password, and the page itself */
async function enter({ server }: House, username: string, password = PASSWORD, own = new Browsing()) {
  const { clientId = '' } = await addApplication(server.running.parts, { name: 'Harbour', redirectUris: [CALLBACK] })
  const { post, page, browser } = await arrival(server, clientId, own)
  const { text } = await post('password', { username, password })
  const body = JSON.parse(text) as { step?: string; type?: string }
  return { said: body.step ?? body.type?.replace('urn:countersign:problem:', ''), post, page, browser }
}

describe('people of the directory', () => {
  let first: Slapd
  let second: Slapd
  const house = wireHouse('sqlite', async () => {
    ;[first, second] = await Promise.all([started(), started()])
    return configured({ servers: [first.ldaps, second.ldap], groups: ['Staff', 'Developers', 'Secret'] })
  })
  const row = (username: string) => findUser(house.server.store.read, username)

  it('sign in by their password there, are made at the first sign-in with their groups, and confirm on a device', async () => {
    expect((await enter(house, 'alice', 'wrong')).said).toBe('wrong-credentials')
    expect(await row('alice')).toBeUndefined()
    expect((await enter(house, 'alice')).said).toBe('confirm')
    const alice = await row('alice')
    expect(alice).toMatchObject({ display_name: 'alice', email: 'alice@harbour.example', password_hash: null })
    expect(alice?.external_id).toMatch(/^ldap:[0-9a-f-]{36}$/)
    if (!alice) return
    expect((await groupsOf(house.server.store.read, alice.id)).map(({ name }) => name)).toEqual(['Developers', 'Staff'])
    const device = await house.server.device('alice')
    await house.clock.advance(60_000)
    const { post, browser, page } = await enter(house, 'alice')
    const now = async () => JSON.parse(await (await browser.fetch(`${page}/api/state`)).text()).request.state
    await post('push', { seen: null })
    const [shown] = await device.requests()
    expect(shown).toMatchObject({ username: 'alice', application: { name: 'Harbour' } })
    if (shown) await device.decide(shown, 'deny')
    expect(await now()).toBe('denied')
    await post('push', { seen: 'denied' })
    await house.clock.advance(60_000)
    expect(await now()).toBe('expired')
    const unanswered = await post('redeem', { passcode: '00000000' })
    expect([unanswered.status, JSON.parse(unanswered.text).type]).toEqual([409, 'urn:countersign:problem:not-approved'])
    expect(JSON.parse((await post('passcode', { passcode: device.passcode() })).text)).toMatchObject({
      step: 'signed-in',
    })
    const approving = await enter(house, 'alice')
    const { request } = JSON.parse((await approving.post('push', { seen: null })).text)
    const [asked] = await device.requests()
    if (asked) expect((await device.decide(asked, 'approve', request.number)).status).toBe(200)
    const approved = JSON.parse(await (await approving.browser.fetch(`${approving.page}/api/state`)).text())
    const signedIn = await approving.post('redeem', { passcode: approved.request.passcode })
    expect(JSON.parse(signedIn.text)).toMatchObject({ step: 'signed-in' })
  })

  it('need their password alone in a browser that is remembered, which is asked of the directory', async () => {
    const { server, clock } = house
    const { parts } = server.running
    const { id, clientId = '' } = await addApplication(parts, { name: 'Harbour', redirectUris: [CALLBACK] })
    await setPolicy(parts, { scope: id, policy: { quietHours: 8 }, version: 0 }, BY)
    expect((await enter(house, 'alice')).said).toBe('confirm')
    const device = await server.device('alice')
    await clock.jump(60_000)
    const browser = new Browsing()
    const step = async (password: string) => {
      const { post } = await arrival(server, clientId, browser)
      return { post, said: JSON.parse((await post('password', { username: 'alice', password })).text) as object }
    }
    const first = await step(PASSWORD)
    expect(first.said).toMatchObject({ step: 'confirm' })
    await first.post('passcode', { passcode: device.passcode() })
    expect((await step('wrong')).said).toMatchObject({ type: expect.stringContaining('wrong-credentials') })
    expect((await step(PASSWORD)).said).toMatchObject({ step: 'signed-in' })
    await clock.jump(8 * 60 * 60_000)
    expect((await step(PASSWORD)).said).toMatchObject({ step: 'confirm' })
  })

  it.each([
    ['nothing for a password, which binds nobody and succeeds', 'alice', ''],
    ['a pattern for a name', '*', PASSWORD],
    ['part of a filter for a name', 'alice)(uid=*', PASSWORD],
    ['a name that nobody has', 'nobody', PASSWORD],
    ['a DN for a name', `cn=alice,${BASE}`, PASSWORD],
  ])('are nobody by %s', async (_what, username, password) => {
    expect((await enter(house, username, password)).said).toMatch(/^(wrong-credentials|invalid)$/)
  })

  it('may have any characters in name and password', async () => {
    expect((await enter(house, ODD)).said).toBe('confirm')
    expect((await row(ODD))?.username).toBe(ODD)
    expect((await enter(house, 'jürgen', 'pässwörd')).said).toBe('confirm')
    expect((await row('jürgen'))?.display_name).toMatch(/Größe|umlaut/)
  })

  it('are given no password here, nor can they make one, nor is any taken away: each of these says where it is', async () => {
    const operator = await programOf(house.server, 'owner')
    const alice = await row('alice')
    const path = `/users/${alice?.id}`
    const { version } = alice ?? {}
    expect(said(await operator.call('POST', `${path}/password`, { password: 'one of here' }))).toBe(ELSEWHERE)
    expect(said(await operator.call('POST', `${path}/password/clear`, { reason: 'to be sure' }))).toBe(ELSEWHERE)
    const { parts } = house.server.running
    const change = { current: PASSWORD, next: 'one of here', session: '' }
    const own = alice && changeOwnPassword(parts, alice.id, change)
    await expect(own).rejects.toMatchObject({ slug: 'password-elsewhere' })
    expect(await row('alice')).toMatchObject({ password_hash: null, version })
    expect((await operator.call('GET', path)).body).toMatchObject({ hasPassword: false, passwordElsewhere: true })
    expect((await enter(house, 'alice')).said).toBe('confirm')
    // Whoever is nobody's there may have one here; without a directory so may everybody.
    await addUser(parts, { username: 'guest', externalId: 'from elsewhere' })
    const guest = `/users/${(await row('guest'))?.id}`
    expect((await operator.call('GET', guest)).body).toMatchObject({ hasPassword: false, passwordElsewhere: false })
    expect(said(await operator.call('POST', `${guest}/password`, { password: 'one of here' }))).toBe('204')
    expect((await enter(house, 'guest', 'one of here')).said).toBe('confirm')
    if (!alice) return
    await setPassword({ ...parts, external: undefined }, alice.id, 'one of here')
    expect((await operator.call('GET', path)).body).toMatchObject({ hasPassword: true, passwordElsewhere: false })
    // And back: without one here they are the directory's again.
    expect(said(await operator.call('POST', `${path}/password/clear`, { reason: 'the directory is back' }))).toBe('204')
    expect((await operator.call('GET', path)).body).toMatchObject({ hasPassword: false, passwordElsewhere: true })
  })

  it('take over nobody who has a password here', async () => {
    await addUser(house.server.running.parts, { username: 'local', password: 'another one' })
    expect((await enter(house, 'local')).said).toBe('wrong-credentials')
    expect((await enter(house, 'local', 'another one')).said).toBe('confirm')
  })

  it('who leave are suspended here, and local people stay as they are', async () => {
    expect((await enter(house, 'leaver')).said).toBe('confirm')
    const admin = new Client({ url: first.ldaps, tlsOptions: { ca: testCertificate().cert, servername: 'localhost' } })
    await admin.bind(ROOT_DN, ROOT_PASSWORD)
    await admin.del(`cn=leaver,${BASE}`)
    const off = new Attribute({ type: 'userAccountControl', values: ['514'] })
    await admin.modify(`cn=odd,${BASE}`, new Change({ operation: 'replace', modification: off }))
    await admin.unbind()
    const { parts } = house.server.running
    await parts.ldap?.sync(parts)
    expect([(await row('leaver'))?.state, (await row(ODD))?.state]).toEqual(['suspended', 'suspended'])
    expect([(await row('alice'))?.state, (await row('local'))?.state]).toEqual(['active', 'active'])
    expect((await enter(house, ODD)).said).toBe('wrong-credentials')
  })

  it('are looked up by a name alone, which says why they would be refused, and stands in the audit log', async () => {
    const operator = await programOf(house.server, 'help-desk')
    const look = async (username: string) =>
      (await operator.call<DirectoryTried>('POST', '/directory/try', { username })).body
    expect(await look('alice')).toEqual({
      refused: null,
      person: {
        entry: `cn=alice,${BASE}`,
        username: 'alice',
        displayName: 'alice',
        email: 'alice@harbour.example',
        groups: ['Staff', 'Developers'],
      },
    })
    const refused: unknown[] = []
    for (const name of ['nobody', '*', 'local', ODD]) refused.push((await look(name)).refused)
    expect(refused).toEqual(['not-found', 'not-found', 'name-taken', 'disabled'])
    const written = house.server.store.read.selectFrom('audit').select(['detail', 'user_id', 'actor_id'])
    const entries = await written.where('kind', '=', 'directory-tried').orderBy('seq').execute()
    expect(entries).toHaveLength(5)
    expect(entries[0]).toMatchObject({ user_id: (await row('alice'))?.id, actor_id: expect.any(String) })
    expect(JSON.parse(entries[1]?.detail ?? '')).toMatchObject({ username: 'nobody', refused: 'not-found' })
    expect(await row('nobody')).toBeUndefined()
  })

  it('are looked after by `check`, server by server', async () => {
    const { ldap } = house.server.running.parts.config
    const [well, ill] = [first.ldaps, 'ldaps://localhost:1']
    const findings = ldap ? await checkDirectory({ ...ldap, servers: [well, ill] }) : []
    expect(findings.map(({ status }) => status)).toEqual(['ok', 'problem'])
    const refused = ldap ? await checkDirectory({ ...ldap, servers: [well], bindPassword: 'wrong' }) : []
    expect(refused).toMatchObject([{ status: 'problem', detail: expect.stringMatching(/0x31|credentials/i) }])
  })

  it('enter by the next server when one is gone; when all are, it is said so, and local people still enter', async () => {
    const servers = async () =>
      (await (await programOf(house.server, 'auditor')).call<DirectoryView>('GET', '/directory')).body.directory
    expect(await servers()).toMatchObject({ reached: true, servers: [{ state: 'reached' }, { state: 'unasked' }] })
    await first.stop()
    expect(await servers()).toMatchObject({ reached: true, servers: [{ state: 'failing' }, { state: 'reached' }] })
    expect((await enter(house, 'alice')).said).toBe('confirm')
    expect((await enter(house, 'alice', 'wrong')).said).toBe('wrong-credentials')
    await second.stop()
    expect((await enter(house, 'alice')).said).toBe('directory-unreachable')
    expect(await servers()).toMatchObject({ reached: false, servers: [{ state: 'failing' }, { state: 'failing' }] })
    expect((await enter(house, 'local', 'another one')).said).toBe('confirm')
  })
})

describe('people of a directory that speaks as Active Directory does', () => {
  let server: Slapd
  const house = wireHouse('sqlite', async () => {
    server = await started()
    const { ldap } = server
    const filter = '(&(objectClass=user)(|(sAMAccountName={username})(userPrincipalName={username})))'
    const attributes = { id: 'objectGUID', username: 'sAMAccountName', name: 'displayName' }
    const { env } = await configured({ servers: [ldap], filter, attributes })
    return { env: { ...env, COUNTERSIGN_RADIUS: 'udp://127.0.0.1:0' } }
  })

  it('are known by their objectGUID; a disabled account is nobody', async () => {
    expect((await enter(house, 'alice')).said).toBe('confirm')
    expect(await findUser(house.server.store.read, 'ALICE')).toMatchObject({
      username: 'ALICE',
      display_name: 'Alice',
      external_id: 'ldap:000102030405060708090a0b0c0d0e0f',
    })
    expect((await enter(house, 'bob')).said).toBe('confirm')
    expect((await enter(house, 'carol')).said).toBe('wrong-credentials')
  })

  it('are known so at the RADIUS door too: a disabled account is nobody there, and an outage is said to be one', async () => {
    const { parts, radius } = house.server.running
    const { id } = await addApplication(parts, { name: 'VPN' })
    const asked = { certificate: '', challenges: false, groups: 'none', messageAuthenticator: true }
    const { secret } = await addClient(parts, { id, network: '127.0.0.1', ...asked }, BY)
    await using vpn = await RadiusClient.open(radius.udp?.port ?? 0, secret)
    const said = async (name: string, password = PASSWORD) => messageOf(await vpn.ask(name, password))
    expect(await said('carol')).toBe('User name or password is wrong.')
    expect(await said('bob')).toBe('No device is set up. Ask the help desk.')
    await addUser(parts, { username: 'here', password: 'another one' })
    await server.stop()
    expect(await said('bob')).toBe('The organisation’s directory can’t be reached just now.')
    expect(await said('here', 'another one')).toBe('No device is set up. Ask the help desk.')
  })
})

describe('a directory that makes nobody here, by the file of its page', () => {
  const house = wireHouse('sqlite', async () => {
    const { ldaps, ldap } = await started()
    const [page = ''] = blocksOf('ldap.md', 'json', {
      'ldaps://ldap1.example.org': ldaps,
      'ldap://ldap2.example.org': ldap,
      '/etc/countersign/directory-ca.pem': testCertificate().caPath,
      'cn=countersign,ou=services,dc=example,dc=org': `cn=reader,${BASE}`,
      'ou=people,dc=example,dc=org': BASE,
      'ou=groups,dc=example,dc=org': BASE,
    })
    const { bindPasswordFile: _ours, ...settings } = JSON.parse(page) as Record<string, unknown>
    return configured({ ...settings, createUsers: false })
  })
  const row = (username: string) => findUser(house.server.store.read, username)

  it('lets in who is here already, and nobody else, whose right password is as good as a wrong one', async () => {
    const { parts } = house.server.running
    const operator = await programOf(house.server, 'help-desk')
    const look = async () =>
      (await operator.call<DirectoryTried>('POST', '/directory/try', { username: 'alice' })).body.refused
    expect((await enter(house, 'alice')).said).toBe('wrong-credentials')
    expect([await look(), await row('alice')]).toEqual(['not-created', undefined])
    await addUser(parts, { username: 'alice' })
    expect([await look(), (await enter(house, 'alice')).said]).toEqual([null, 'confirm'])
    const alice = await row('alice')
    expect(alice?.external_id).toMatch(/^ldap:/)
    expect(alice && (await groupsOf(house.server.store.read, alice.id)).map(({ name }) => name)).toEqual(['Staff'])
  })
})

describe('a directory whose certificate is another’s', () => {
  const house = wireHouse('sqlite', async () => {
    const { ldaps, ldap } = await started()
    return configured({ servers: [ldaps, ldap], ca: testCertificate(['elsewhere.example']).caPath })
  })

  it('is told no password', async () => {
    expect((await enter(house, 'alice')).said).toBe('directory-unreachable')
  })
})

describe('a stranger, and a directory that shows too little', () => {
  let slapd: Slapd
  const house = wireHouse('sqlite', async () => {
    slapd = await started()
    const filter = '(&(objectClass=inetOrgPerson)(|(uid={username})(mail={username})))'
    const { env } = await configured({ servers: [slapd.ldaps], groups: ['Staff'], filter })
    return { env: { ...env, ...limits({ signInsPerAddress: { count: 1000 } }) } }
  })
  const row = (username: string) => findUser(house.server.store.read, username)
  const entries = (kind: string) =>
    house.server.store.read.selectFrom('audit').select('detail').where('kind', '=', kind).execute()

  it('tries three passwords on a name, there or not; the right one begins anew', async () => {
    for (const name of ['bob', 'nobody']) {
      for (let times = 0; times < 3; times++)
        expect((await enter(house, name, `guess ${times}`)).said).toBe('wrong-credentials')
      expect((await enter(house, name)).said).toBe('too-many-requests')
    }
    expect((await enter(house, 'alice')).said).toBe('confirm')
    await house.clock.jump(30 * 60_000)
    for (let times = 0; times < 2; times++) await enter(house, 'bob', 'guess')
    for (let times = 0; times < 3; times++) expect((await enter(house, 'bob')).said).toBe('confirm')
    const kept = await house.server.store.read.selectFrom('hits').select('bucket').execute()
    expect(JSON.stringify(kept)).not.toMatch(/bob|nobody/)
  })

  it('tries three passwords on an account, by whichever of its names, and none on who is suspended here', async () => {
    const { parts } = house.server.running
    const [first, second] = ['alice', 'alice@harbour.example'] as const
    expect((await enter(house, second)).said).toBe('confirm')
    for (const name of [first, second, first])
      expect((await enter(house, name, 'guess')).said).toBe('wrong-credentials')
    for (const name of [first, second]) expect((await enter(house, name)).said).toBe('wrong-credentials')
    await house.clock.jump(30 * 60_000)
    expect((await enter(house, second)).said).toBe('confirm')
    const alice = await row('alice')
    if (!alice) throw new Error('nobody is alice')
    await suspendUser(parts, alice.id, BY)
    for (let times = 0; times < 3; times++) expect((await enter(house, second)).said).toBe('wrong-credentials')
    await resumeUser(parts, alice.id, BY)
    // None of the three was tried there, so none counts for the account.
    expect((await enter(house, first)).said).toBe('confirm')
  })

  it('keeps nobody out who comes from where they are known, and yet tries four passwords in all', async () => {
    await house.clock.jump(60 * 60_000)
    const own = new Browsing()
    const names = ['pat', 'pat@harbour.example'] as const
    expect((await enter(house, 'pat')).said).toBe('confirm')
    const device = await house.server.device('pat')
    const { post } = await enter(house, 'pat', PASSWORD, own)
    await post('passcode', { passcode: device.passcode(device.token, house.clock.now() + 30_000) })
    const tried = vi.spyOn(Client.prototype, 'bind')
    const strangers = async () => {
      for (const name of [...names, ...names]) await enter(house, name, 'guess')
    }
    const triedOnThem = () => tried.mock.calls.filter(([dn]) => String(dn).startsWith('cn=pat,')).length

    await strangers()
    expect(triedOnThem()).toBe(3)
    for (const name of names) expect((await enter(house, name)).said).not.toBe('confirm')
    for (let times = 0; times < 5; times++) expect((await enter(house, 'pat', PASSWORD, own)).said).toBe('confirm')
    // The directory has begun its own count anew, too.
    tried.mockClear()
    await house.clock.jump(30 * 60_000)
    await strangers()
    expect((await enter(house, 'pat', 'mistyped', own)).said).toBe('wrong-credentials')
    for (const name of names) expect((await enter(house, name, PASSWORD, own)).said).toBe('too-many-requests')
    expect(triedOnThem()).toBe(4)
    tried.mockRestore()
  })

  it('groups that change by what the directory says stand in the audit log', async () => {
    const alice = await row('alice')
    expect((await entries('group-member-added')).map(({ detail }) => JSON.parse(detail))).toMatchObject([
      { by: 'directory' },
    ])
    const admin = new Client({ url: slapd.ldaps, tlsOptions: { ca: testCertificate().cert, servername: 'localhost' } })
    await admin.bind(ROOT_DN, ROOT_PASSWORD)
    await admin.del(`cn=Staff,${BASE}`)
    await admin.unbind()
    expect((await enter(house, 'alice')).said).toBe('confirm')
    expect(alice && (await groupsOf(house.server.store.read, alice.id))).toEqual([])
    expect(await entries('group-member-removed')).toHaveLength(1)
  })

  it('is believed about a few who are gone, and not about many', async () => {
    const { parts } = house.server.running
    const gone = async (name: string) => {
      await addUser(parts, { username: name, externalId: `ldap:${name}` })
      return name
    }
    const names: string[] = []
    for (let count = 0; count < 11; count++) names.push(await gone(`gone-${count}`))
    await parts.ldap?.sync(parts)
    const states = async () => new Set(await Promise.all(names.map(async (name) => (await row(name))?.state)))
    expect(await states()).toEqual(new Set(['active']))
    expect(house.server.lines.join()).toContain('too few people to be believed')
    await parts.store.write((tx) =>
      tx
        .deleteFrom('users')
        .where('username', '=', names.pop() ?? '')
        .execute(),
    )
    await parts.ldap?.sync(parts)
    expect(await states()).toEqual(new Set(['suspended']))
    expect((await row('alice'))?.state).toBe('active')
  })

  it('makes one person of two first sign-ins in the same moment', async () => {
    const twice = await Promise.all([enter(house, 'twin'), enter(house, 'twin')])
    expect(twice.map(({ said }) => said)).toEqual(['confirm', 'confirm'])
  })

  it('takes who left a group out of it here, and who came into it in, also those who do not sign in', async () => {
    const { parts } = house.server.running
    expect((await enter(house, 'alice')).said).toBe('confirm')
    const alice = await row('alice')
    const groups = async () => {
      await parts.ldap?.sync(parts)
      return alice && (await groupsOf(house.server.store.read, alice.id)).map(({ name }) => name)
    }
    const admin = new Client({ url: slapd.ldaps, tlsOptions: { ca: testCertificate().cert, servername: 'localhost' } })
    await admin.bind(ROOT_DN, ROOT_PASSWORD)
    const [staff, developers] = [`cn=Staff,${BASE}`, `cn=Developers,${BASE}`]
    const member = (...values: string[]) =>
      new Change({ operation: 'replace', modification: new Attribute({ type: 'member', values }) })
    expect(await groups()).toEqual([])
    await admin.add(staff, { objectClass: 'groupOfNames', member: developers })
    expect(await groups()).toEqual(['Staff'])
    await admin.modify(developers, [member(staff, `cn=bob,${BASE}`)])
    expect(await groups()).toEqual([])
    await admin.modify(staff, [member(`CN=Alice,${BASE}`)])
    expect(await groups()).toEqual(['Staff'])
    // A dozen of them who are members no longer, all at once: somebody looks in the wrong place.
    const names = Array.from({ length: 12 }, (_, nth) => `many-${nth}`)
    for (const name of names) {
      const entry = { cn: name, sn: 'x', uid: name, userPassword: PASSWORD }
      await admin.add(`cn=${name},${BASE}`, { objectClass: ['inetOrgPerson', 'user'], ...entry })
    }
    await admin.modify(staff, [member(...names.map((name) => `cn=${name},${BASE}`))])
    for (const name of names) expect((await enter(house, name)).said).toBe('confirm')
    const last = await row(names.at(-1) ?? '')
    const lasts = async () => last && (await groupsOf(house.server.store.read, last.id)).map(({ name }) => name)
    await admin.modify(staff, [member(`cn=bob,${BASE}`)])
    expect([await groups(), await lasts()]).toEqual([['Staff'], ['Staff']])
    expect(house.server.lines.join()).toContain('too few members to be believed')
    expect((await enter(house, names.at(-1) ?? '')).said).toBe('confirm')
    expect(await lasts()).toEqual([])
    await admin.unbind()
  })
})

// A directory on its bad days: what is the server's own trouble, and what it says of a person.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testCertificate } from '../../test/support/certificate.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { LdapDouble } from '../../test/support/ldap-double.ts'
import { logger } from '../log.ts'
import { ldapConnections } from './connections.ts'

const ALICE = 'cn=alice,dc=harbour,dc=example'
const READER = 'cn=reader'

describe.each([true, false])('the connections (StartTLS: %s)', (startTls) => {
  let first: LdapDouble
  let second: LdapDouble
  let clock: ManualClock
  let connections: ReturnType<typeof ldapConnections>
  let lines: string[]
  let told: string[]

  beforeEach(async () => {
    ;[first, second] = [await LdapDouble.start(), await LdapDouble.start()]
    lines = []
    told = []
    clock = new ManualClock()
    const directory = {
      asked: (what: string, outcome: string) => void told.push(`${what} ${outcome}`),
      waiting: () => undefined,
    }
    const config = { servers: [first.url, second.url], startTls, ca: testCertificate().cert }
    const log = logger('warn', { write: (line) => lines.push(line) })
    const account = { bindDn: READER, bindPassword: 'reads everything' }
    connections = ldapConnections({ ...config, ...account }, { clock, log, meters: { directory } })
  })
  afterEach(async () => {
    await connections.close()
    await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()])
  })

  const look = () => connections.ask((client) => client.search('', { scope: 'base' }))
  const states = () => connections.standing().map(({ state }) => state)

  it.each([19, 32, 48, 49, 50, 53])('a password is wrong by %i, and nobody else is asked', async (code) => {
    first.binds[ALICE] = code
    expect(await connections.isPassword(ALICE, 'guess')).toBe(false)
    expect([second.asked, lines, states()]).toEqual([[], [], ['reached', 'unasked']])
  })

  it.each([1, 2, 3, 8, 11, 13, 51, 52, 80])('%i says nothing of a password: the next is asked', async (code) => {
    first.binds[ALICE] = code
    expect(await connections.isPassword(ALICE, 'right')).toBe(true)
    expect(states()).toEqual(['failing', 'reached'])
    second.binds[ALICE] = code
    await expect(connections.isPassword(ALICE, 'right')).rejects.toMatchObject({ slug: 'directory-unreachable' })
  })

  it('tell how each question ended', async () => {
    first.search = second.search = 1
    await look().catch(() => undefined)
    await connections.isPassword(ALICE, 'right')
    expect(told).toEqual(['search unreachable', 'bind answered'])
  })

  it('a search that comes to no end is given up after half an hour, and the next server is asked', async () => {
    first.isEndless = true
    const all = () =>
      connections.ask(async (_client, found) => {
        let pages = 0
        for await (const { dn } of found('dc=harbour', {})) {
          expect(dn).toBe('cn=somebody')
          if (++pages === 3) await clock.jump(30 * 60_000 + 1)
          if (pages > 3) throw new Error('it goes on')
        }
        return pages
      })
    expect(await all()).toBe(0)
    expect(states()).toEqual(['failing', 'reached'])
    expect(lines.join()).toContain('a search comes to no end')
  })

  it.each([1, 3, 11, 32])('a search that ends with %i is one that nobody answers', async (code) => {
    first.search = code
    await look()
    expect(states()).toEqual(['failing', 'reached'])
    second.search = code
    await expect(look()).rejects.toMatchObject({ slug: 'directory-unreachable' })
  })

  it('whoever has hung up is called again, and was at no fault', async () => {
    await look()
    expect(await connections.isPassword(ALICE, 'right')).toBe(true)
    await first.hangUp()
    await look()
    expect(await connections.isPassword(ALICE, 'right')).toBe(true)
    expect([second.asked, lines, states()]).toEqual([[], [], ['reached', 'unasked']])
  })

  it('so is who hangs up on a connection that was kept, in the middle of a question', async () => {
    await look()
    first.hangsUpOn = 'search'
    await look()
    await connections.isPassword(ALICE, 'right')
    first.hangsUpOn = `bind ${ALICE}`
    expect(await connections.isPassword(ALICE, 'right')).toBe(true)
    expect([second.asked, lines]).toEqual([[], []])
  })

  it('who refuses the service account keeps no connection of ours', async () => {
    first.binds[READER] = 49
    second.binds[READER] = 49
    for (let times = 0; times < 3; times++)
      await expect(look()).rejects.toMatchObject({ slug: 'directory-unreachable' })
    await expect.poll(() => [first.open, second.open]).toEqual([0, 0])
    expect(lines.join()).toContain('the service account is refused')
  })
})

it('a server that does not change over to TLS is told nothing, and the next is asked', async () => {
  await using plain = await LdapDouble.start()
  await using other = await LdapDouble.start()
  plain.extended = 2
  const config = { servers: [plain.url, other.url], startTls: true, ca: testCertificate().cert }
  const needs = { clock: new ManualClock(), log: logger('silent', { write: () => {} }) }
  const connections = ldapConnections({ ...config, bindDn: READER, bindPassword: 'reads everything' }, needs)
  expect(await connections.isPassword(ALICE, 'right')).toBe(true)
  expect([plain.asked, other.asked]).toEqual([['other'], ['other', `bind ${ALICE}`]])
  await connections.close()
})

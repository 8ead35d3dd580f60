// A directory's server that sends anything, and somebody between who sends it in its place.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { testCertificate } from '../../test/support/certificate.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { tried, triedInTurn } from '../../test/support/fuzzing.ts'
import { LdapDouble, tlv } from '../../test/support/ldap-double.ts'
import { logger } from '../log.ts'
import { ldapConnections } from './connections.ts'
import { wholeMessages } from './messages.ts'

const ALICE = 'cn=alice,dc=harbour,dc=example'
const WRONG = 49

const octets = (text: string) => tlv(0x04, text)
const message = (id: number, ...parts: Buffer[]) => tlv(0x30, Buffer.from([0x02, 1, id]), ...parts)
const result = (tag: number, code: number, ...more: Buffer[]) =>
  tlv(tag, Buffer.from([0x0a, 1, code]), octets('dc=example'), octets('no'), ...more)
const tlv32 = (tag: number, ...parts: Buffer[]) => {
  const value = Buffer.concat(parts)
  const head = Buffer.from([tag, 0x84, 0, 0, 0, 0])
  head.writeUInt32BE(value.length, 2)
  return Buffer.concat([head, value])
}
const attribute = tlv(0x30, octets('uid'), tlv(0x31, octets('alice'), octets('al')))
const control = tlv(0x30, octets('1.2.840.113556.1.4.319'), Buffer.from([0x01, 1, 0xff]), octets('0'))

/** The first message of a connection has the id 2. */
const messages = [
  message(2, result(0x61, WRONG)),
  message(2, result(0x61, WRONG, tlv(0x87, 'credentials')), tlv(0xa0, control)),
  message(2, result(0x61, 10, tlv(0xa3, octets('ldap://other.example/dc=example')))),
  message(2, tlv(0x64, octets(ALICE), tlv(0x30, attribute, attribute))),
  message(2, tlv(0x73, octets('ldap://other.example/'), octets('ldap://third.example/'))),
  message(2, result(0x65, 32), tlv(0xa0, control, control)),
  message(0, result(0x78, 52, tlv(0x8a, '1.3.6.1.4.1.1466.20036'))),
  message(2, tlv(0x79, octets('later'))),
  message(3, result(0x61, WRONG)),
]

const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const byte = fc.oneof(fc.constantFrom(0, 1, 2, 4, 0x0a, 0x30, 0x61, 0x7f, 0x80, 0x81, 0x84, 0x85, 0xff), fc.nat(255))
const mutation = fc.record({ how: fc.constantFrom('put', 'add', 'drop', 'cut'), position, byte })

function mutated(bytes: Buffer, { how, position: where, byte: one }: { how: string; position: number; byte: number }) {
  const at = Math.floor(where * bytes.length)
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + 1)]
  if (how === 'put') return Buffer.concat([before, Buffer.from([one]), after])
  if (how === 'add') return Buffer.concat([before, Buffer.from([one]), bytes.subarray(at)])
  return how === 'drop' ? Buffer.concat([before, after]) : before
}

const nearly = fc
  .tuple(fc.array(fc.constantFrom(...messages), { minLength: 1, maxLength: 3 }), fc.array(mutation, { maxLength: 3 }))
  .map(([whole, changes]) => changes.reduce(mutated, Buffer.concat(whole)))
const anything = fc.uint8Array({ maxLength: 60 }).map((raw) => Buffer.from(raw))

const open = (server: LdapDouble, startTls: boolean) =>
  ldapConnections(
    { servers: [server.url], startTls, ca: testCertificate().cert, bindDn: 'cn=reader', bindPassword: 'reads' },
    { clock: new ManualClock(), log: logger('silent', { write: () => {} }) },
  )

describe('what a server sends', () => {
  const entry = (id: number) => message(id, tlv(0x64, octets(ALICE), tlv(0x30, attribute)))
  const done = (id: number) => message(id, result(0x65, 0))

  it('is no answer where it holds more entries than were asked for', () => {
    const page = (id: number) => Buffer.concat(Array.from({ length: 10_000 }, () => entry(id)))
    const take = wholeMessages()
    expect(take(Buffer.concat([page(2), page(3), done(2), page(2)]))).toHaveLength(30_001)
    expect(() => take(Buffer.concat([done(4), entry(3)]))).toThrow('more than was asked for')
  })

  it('is no answer where it is to ever more questions that nobody asked', () => {
    const numbered = (id: number) => tlv(0x30, Buffer.from([0x02, 3, id >> 16, (id >> 8) & 0xff, id & 0xff]), tlv(0x73))
    const take = wholeMessages()
    for (let id = 1; id <= 20_000; id++) expect(take(numbered(id))).toHaveLength(1)
    expect(() => take(numbered(20_001))).toThrow('more than was asked for')
  })

  it('ends no answer under an id that is another to the library', () => {
    // 130, and -126, which nobody asked; the library keeps the 130’s entries.
    const [asked, minus] = [Buffer.from([0x02, 2, 0, 0x82]), Buffer.from([0x02, 1, 0x82])]
    const page = Array.from({ length: 20_000 }, () => tlv(0x30, asked, tlv(0x73)))
    const take = wholeMessages()
    expect(take(Buffer.concat(page))).toHaveLength(20_000)
    expect(() => take(tlv(0x30, minus, result(0x65, 0)))).toThrow('no LDAP')
    const other = wholeMessages()
    other(Buffer.concat([...page, tlv(0x30, asked, result(0x65, 0)), ...page]))
    expect(() => other(tlv(0x30, asked, tlv(0x73)))).toThrow('more than was asked for')
  })

  it('is no answer where it is of more bytes than any page, in one or in several', () => {
    const long = (id: number) =>
      tlv32(0x30, Buffer.from([0x02, 1, id]), tlv32(0x73, tlv32(0x04, Buffer.alloc(15 * 1024 * 1024))))
    const take = wholeMessages()
    for (let n = 0; n < 17; n++) take(long(n % 3))
    take(Buffer.concat([done(1), long(1)]))
    expect(() => {
      for (let n = 0; n < 6; n++) take(long(n % 3))
    }).toThrow('more than was asked for')
  })

  it('is the same messages however it is cut', () => {
    tried(
      fc.tuple(fc.array(fc.constantFrom(...messages)), fc.array(fc.integer({ min: 1, max: 40 }))),
      ([sent, cuts]) => {
        const take = wholeMessages()
        const bytes = Buffer.concat(sent)
        let at = 0
        const read = [...cuts, bytes.length].flatMap((size) => {
          at += size
          return take(bytes.subarray(at - size, at))
        })
        expect(read).toEqual(sent)
      },
    )
  })

  it('is given whole, or not at all', () => {
    tried(
      fc.oneof(nearly, anything),
      (sent) => {
        try {
          const read = Buffer.concat(wholeMessages()(sent))
          expect(read).toEqual(sent.subarray(0, read.length))
        } catch (error) {
          expect((error as Error).message).toMatch(/^(it is|a length)/)
        }
      },
      1500,
    )
  })

  it.each([
    ['a result without a code', message(2, tlv(0x61))],
    ['a code without a number', message(2, tlv(0x61, tlv(0x0a), octets(''), octets('')))],
    ['a result that ends after its code', message(2, tlv(0x61, Buffer.from([0x0a, 1, 0])))],
    ['a reference longer than it is', message(2, tlv(0x73, Buffer.from([0x04, 0x7f])))],
    ['credentials longer than they are', message(2, result(0x61, WRONG, Buffer.from([0x87, 0x7f])))],
    ['an entry with nothing but a name', message(2, tlv(0x64, octets('abc')))],
    ['an attribute that is none', message(2, tlv(0x64, octets(''), tlv(0x30, octets('\x04\x7f'))))],
    ['a value that is none', message(2, tlv(0x64, octets(''), tlv(0x30, tlv(0x30, octets('uid'), tlv(0x31, tlv(5))))))],
    ['a control that is none', message(2, result(0x65, 0), tlv(0xa0, octets('\x04\x82')))],
    ['more than there is in a message', message(2, result(0x65, 0), tlv(0xa0, control), tlv(0xa0, control))],
    ['an id that is none', tlv(0x30, tlv(0x02), result(0x61, 0))],
    ['an id below nothing', tlv(0x30, Buffer.from([0x02, 4, 0x80, 0, 0, 2]), result(0x61, 0))],
    ['an id of five bytes', tlv(0x30, Buffer.from([0x02, 5, 0, 0, 0, 0, 2]), result(0x61, 0))],
    ['lists in lists in lists', Array.from({ length: 12 }).reduce<Buffer>((within) => tlv(0x30, within), tlv(0x30))],
    ['a length without an end', Buffer.from([0x30, 0x80])],
    ['a length of five bytes', Buffer.from([0x30, 0x85, 0, 0, 0, 0, 1])],
    ['more than anybody has to say', Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff])],
  ])('is no LDAP with %s', (_, sent) => {
    expect(() => wholeMessages()(sent)).toThrow(/^(it is|a length)/)
  })
})

describe('a password', () => {
  let server: LdapDouble
  beforeAll(async () => {
    server = await LdapDouble.start()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('is right only where the server says so, whatever it says', async () => {
    await triedInTurn(
      fc.oneof({ weight: 5, arbitrary: nearly }, { weight: 1, arbitrary: anything }),
      async (sent) => {
        server.insteadOfBind = sent
        const connections = open(server, false)
        const isRight = await connections.isPassword(ALICE, 'guess').catch(({ slug }) => slug)
        await connections.close()
        expect([true, false, 'directory-unreachable']).toContain(isRight)
        if (isRight === true) expect(sent.toString('hex')).toMatch(/0a010+|0a02(00){2}|0a03(00){3}|0a04(00){4}/)
      },
      150,
    )
  })

  it('may be answered after more messages than the stack is deep', async () => {
    const many = Buffer.concat(Array.from({ length: 20_000 }, () => message(9, tlv(0x73))))
    server.insteadOfBind = Buffer.concat([many, message(2, result(0x61, 0))])
    const connections = open(server, false)
    expect(await connections.isPassword(ALICE, 'right')).toBe(true)
    await connections.close()
  })

  it('is not right by what somebody between began to say in the clear, and the server ended', async () => {
    await using other = await LdapDouble.start()
    other.binds[ALICE] = WRONG
    const itsAnswer = 14
    other.inClear = Buffer.from([0x30, 10 + itsAnswer, 2, 1, 3, 0x61, 5 + itsAnswer, 0x0a, 1, 0, 4, itsAnswer])
    const connections = open(other, true)
    expect(await connections.isPassword(ALICE, 'guess')).toBe(false)
    await connections.close()
  })
})

it('a server that falls silent in the middle of the handshake is given up after five seconds', async () => {
  await using server = await LdapDouble.start()
  const begun = new Promise<void>((resolve) => {
    server.fallsSilent = resolve
  })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const connections = open(server, true)
    const away = expect(connections.isPassword(ALICE, 'right')).rejects.toMatchObject({ slug: 'directory-unreachable' })
    await begun
    vi.advanceTimersByTime(5000)
    await away
    await connections.close()
  } finally {
    vi.useRealTimers()
  }
})

it('a connection that has ended over TLS is given up at once', async () => {
  await using server = await LdapDouble.start()
  server.hangsUpOn = `bind ${ALICE}`
  const began = performance.now()
  const connections = open(server, true)
  await expect(connections.isPassword(ALICE, 'right')).rejects.toMatchObject({ slug: 'directory-unreachable' })
  await connections.close()
  expect(performance.now() - began).toBeLessThan(4000)
})

// The bytes of RADIUS: the examples of RFC 2865 §7, and what no client of ours would send.
import { createHmac, randomBytes, randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hiddenPassword, radiusRequest, readAnswer } from '../../test/support/radius-client.ts'
import { callingAddress, groupAttributes, only, TYPE, textOf } from './attributes.ts'
import { checkMessageAuthenticator, revealPassword, sealAnswer } from './authenticity.ts'
import { CODE, type Packet, readPacket, writePacket } from './packet.ts'
import { readTyped } from './wish.ts'

const bytes = (hex: string) => Buffer.from(hex.replace(/\s/g, ''), 'hex')
const SECRET = Buffer.from('xyzzy5461')
/** §7.1: nemo, arctangent. */
const NEMO = bytes(
  '01000038 0f403f9473978057bd83d5cb98f4227a 01066e656d6f 02120dbe708d93d413ce3196e43f782a0aee 0406c0a80110 050600000003',
)
const WELCOME = bytes('02000026 86fe220e7624ba2a1005f6bf9b55e0b2 060600000001 0f0600000000 0e06c0a80103')

function packetOf(datagram: Buffer): Packet {
  const packet = readPacket(datagram)
  if (!packet) throw new Error('no packet')
  return packet
}

describe('the examples of RFC 2865', () => {
  it('are read, written back the same, and their password revealed', () => {
    const packet = packetOf(NEMO)
    expect(packet).toMatchObject({ code: CODE.accessRequest, identifier: 0 })
    expect(textOf(only(packet, TYPE.userName) ?? SECRET)).toBe('nemo')
    const hidden = only(packet, TYPE.userPassword) ?? SECRET
    expect(String(revealPassword(hidden, packet.authenticator, SECRET))).toBe('arctangent')
    expect(writePacket(packet)).toEqual(NEMO)
  })

  it('and the test’s own client holds their answer for right', () => {
    expect(readAnswer(WELCOME, NEMO, 'xyzzy5461', false).code).toBe(2)
    expect(() => readAnswer(WELCOME, NEMO, 'xyzzy5462', false)).toThrow('Response Authenticator')
    // What RFC 2865 knows nothing of yet.
    expect(() => readAnswer(WELCOME, NEMO, 'xyzzy5461')).toThrow('Message-Authenticator is not first')
  })
})

describe('an answer', () => {
  const request = packetOf(
    radiusRequest({
      secret: 'xyzzy5461',
      attributes: [
        { type: TYPE.proxyState, value: 'first' },
        { type: TYPE.userName, value: 'nemo' },
        { type: TYPE.proxyState, value: 'second' },
      ],
    }),
  )

  it('begins with Message-Authenticator, and brings Proxy-State back in its order', () => {
    const sealed = sealAnswer(
      request,
      { code: CODE.accessReject, attributes: [{ type: 18, value: Buffer.from('No') }] },
      SECRET,
    )
    const { attributes } = readAnswer(sealed, request.bytes, 'xyzzy5461')
    expect(attributes.map(({ type }) => type)).toEqual([80, 18, 33, 33])
    expect(attributes.slice(2).map(({ value }) => String(value))).toEqual(['first', 'second'])
  })

  it('that would be too long says less, and is signed as a whole', () => {
    const attributes = Array.from({ length: 40 }, () => ({ type: 11, value: Buffer.alloc(250, 'a') }))
    const sealed = sealAnswer(request, { code: CODE.accessAccept, attributes }, SECRET)
    expect(sealed.length).toBeLessThanOrEqual(4096)
    expect(readAnswer(sealed, request.bytes, 'xyzzy5461').attributes.at(-1)).toMatchObject({ type: 33 })
  })

  it('tells groups where the client wants them', () => {
    expect(groupAttributes('filter-id', ['Staff'])).toEqual([{ type: 11, value: Buffer.from('Staff') }])
    expect(groupAttributes('class', ['Staff'])).toEqual([{ type: 25, value: Buffer.from('Staff') }])
    expect(groupAttributes('12356:1', ['Staff'])).toEqual([{ type: 26, value: bytes('00003044 01 07 5374616666') }])
    expect(groupAttributes('none', ['Staff'])).toEqual([])
    const [long] = groupAttributes('filter-id', ['ö'.repeat(200)])
    expect(String(long?.value)).toBe('ö'.repeat((long?.value.length ?? 0) / 2))
  })
})

describe('Message-Authenticator', () => {
  const signed = radiusRequest({ secret: 'xyzzy5461', attributes: [{ type: 1, value: 'nemo' }] })

  it('is right, wrong or absent', () => {
    expect(checkMessageAuthenticator(packetOf(signed), SECRET)).toBe('right')
    expect(checkMessageAuthenticator(packetOf(signed), Buffer.from('other'))).toBe('wrong')
    expect(checkMessageAuthenticator(packetOf(NEMO), SECRET)).toBe('absent')
  })

  it('covers every bit of the packet', () => {
    for (let bit = 0; bit < signed.length * 8; bit++) {
      const changed = Buffer.from(signed)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      const packet = readPacket(changed)
      expect(packet && checkMessageAuthenticator(packet, SECRET)).not.toBe('right')
    }
  })

  it('twice is wrong, be one of them right', () => {
    const twice = packetOf(signed).attributes.at(-1)
    const packet = { ...packetOf(signed), attributes: [...packetOf(signed).attributes, ...(twice ? [twice] : [])] }
    expect(checkMessageAuthenticator(packet, SECRET)).toBe('wrong')
    expect(createHmac('md5', SECRET).update('').digest()).toHaveLength(16)
  })
})

describe('what is no packet', () => {
  it.each([
    ['empty', ''],
    ['shorter than a header', '0100001400'],
    ['that says it is shorter than a header', '01000013 0f403f9473978057bd83d5cb98f4227a'],
    ['longer than what came', '01000015 0f403f9473978057bd83d5cb98f4227a'],
    ['with an attribute of no length', '01000016 0f403f9473978057bd83d5cb98f4227a 0100'],
    ['with an attribute of length 1', '01000016 0f403f9473978057bd83d5cb98f4227a 0101'],
    ['with an attribute that reaches beyond it', '01000018 0f403f9473978057bd83d5cb98f4227a 01056e65'],
    ['with half an attribute', '01000015 0f403f9473978057bd83d5cb98f4227a 01'],
  ])('%s', (_what, hex) => expect(readPacket(bytes(hex))).toBeUndefined())

  it('longer than 4096 bytes', () => {
    const long = Buffer.alloc(5000)
    long.writeUInt16BE(5000, 2)
    expect(readPacket(long)).toBeUndefined()
  })

  it('what follows a packet is not looked at (RFC 2865 §3)', () => {
    expect(packetOf(Buffer.concat([NEMO, bytes('ffff')])).bytes).toEqual(NEMO)
  })

  it('of a hundred thousand random ones none is anybody’s, and none breaks anything', () => {
    let read = 0
    for (let n = 0; n < 100_000; n++) {
      // Half are packets by their length, so that attributes are reached.
      const datagram = n % 2 ? randomBytes(randomInt(0, 120)) : Buffer.from(NEMO)
      if (n % 2 === 0) for (let k = 0; k < 6; k++) datagram.writeUInt8(randomInt(256), randomInt(datagram.length))
      const packet = readPacket(datagram)
      if (!packet) continue
      read++
      if (!writePacket(packet).equals(packet.bytes)) throw new Error('not written back as it was read')
      if (checkMessageAuthenticator(packet, SECRET) === 'right') throw new Error('a random packet is signed')
      revealPassword(only(packet, TYPE.userPassword) ?? Buffer.alloc(0), packet.authenticator, SECRET)
      callingAddress(packet)
    }
    expect(read).toBeGreaterThan(1000)
  })
})

it.each(['', 'a', 'x'.repeat(15), 'x'.repeat(16), 'x'.repeat(17), 'ö*()\\'.repeat(16), 'x'.repeat(128)])(
  'the password %j comes out as it went in',
  (password) => {
    const authenticator = randomBytes(16)
    const hidden = hiddenPassword(password, authenticator, 'xyzzy5461')
    expect(String(revealPassword(hidden, authenticator, SECRET))).toBe(password)
  },
)

it.each([0, 15, 17, 144])('a hidden password of %i bytes is none', (length) => {
  expect(revealPassword(Buffer.alloc(length), Buffer.alloc(16), SECRET)).toBeUndefined()
})

it.each([
  ['correct horse', 'correct horse', 'unsaid'],
  ['correct horse,push', 'correct horse', 'push'],
  ['a,b,PUSH', 'a,b', 'push'],
  ['a,123456', 'a', '123456'],
  ['a,123 456', 'a', '123456'],
  ['a,12345', 'a,12345', 'unsaid'],
  ['a,123456,push', 'a,123456', 'push'],
  ['123456', '123456', 'unsaid'],
  ['push', 'push', 'unsaid'],
  [',push', '', 'push'],
])('%j is the password %j and %s', (typed, password, wish) => {
  const read = readTyped(typed)
  expect([read.password, read.wish.kind === 'passcode' ? read.wish.passcode : read.wish.kind]).toEqual([password, wish])
})

it('text that is not UTF-8 is Latin-1', () => {
  expect([Buffer.from('Jörg'), Buffer.from('Jörg', 'latin1')].map(textOf)).toEqual(['Jörg', 'Jörg'])
})

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:51234', '203.0.113.7'],
  ['[2001:db8::1]:51234', '2001:db8::1'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['00-11-22-33-44-55', undefined],
  ['+49 30 123', undefined],
])('a Calling-Station-Id %s is the address %s', (value, address) => {
  const packet = packetOf(radiusRequest({ secret: 'x', attributes: [{ type: TYPE.callingStationId, value }] }))
  expect(callingAddress(packet)).toBe(address)
})

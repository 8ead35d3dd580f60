// What the RADIUS door hears: packets of strangers, forged, random and far too many.
import { createCipheriv, hash } from 'node:crypto'
import { describe, expect, it, onTestFailed } from 'vitest'
import type { ApplicationId } from '../../protocol/ids.ts'
import { addClient } from '../../server/radius/clients.ts'
import { Door } from '../../server/radius/door.ts'
import { ENGINES } from '../support/engines.ts'
import { seed } from '../support/fuzzing.ts'
import {
  ACCEPT,
  ACCOUNTING_RESPONSE,
  accountingRequest,
  CHALLENGE,
  MESSAGE_AUTHENTICATOR,
  RadiusClient,
  REJECT,
  radiusRequest,
  USER_NAME,
} from '../support/radius-client.ts'
import { BY, PASSWORD, radiusGateways } from '../support/radius-gateway.ts'

const SHARE = 600
const MINUTE = 60_000
/** User-Name, CHAP, Reply-Message, State, Calling-Station-Id, NAS-Identifier, Proxy-State, EAP-Message. */
const AT_RANDOM = [1, 3, 18, 24, 31, 32, 33, 79]
const USER_PASSWORD = 2
/** Status-Server. */
const STATUS = 12

type Drawn = (length: number) => Buffer
/** Bytes of chance, the same at each run. */
function drawn(): Drawn {
  const stream = createCipheriv('aes-256-ctr', hash('sha256', String(seed), 'buffer'), Buffer.alloc(16))
  return (length) => stream.update(Buffer.alloc(length))
}

describe.each(ENGINES)('packets of RADIUS on %s', (engine) => {
  const { codeOf, gateway, house, parts, person, port } = radiusGateways(engine, { radiusPerClient: { count: SHARE } })

  it('answers nothing to what is not signed by the client’s secret', async () => {
    await using vpn = await gateway()
    const { username } = await person()
    // What is refused at once where it is heard.
    const attributes = [{ type: USER_NAME, value: username }]
    const parts = { secret: vpn.secret, attributes }
    expect((await vpn.exchange(radiusRequest(parts))).code).toBe(REJECT)
    for (const packet of [
      radiusRequest({ ...parts, secret: 'another' }),
      radiusRequest({ ...parts, signed: false }),
      radiusRequest({ ...parts, signed: 'forged' }),
      radiusRequest({ ...parts, attributes: [...attributes, { type: MESSAGE_AUTHENTICATOR, value: 'short' }] }),
      vpn.request(username, PASSWORD).subarray(0, 40),
      radiusRequest({ secret: vpn.secret, code: STATUS, signed: false }),
      radiusRequest({ secret: 'another', code: STATUS }),
      accountingRequest('another'),
      Buffer.alloc(0),
    ])
      vpn.send(packet)
    await vpn.drained()
    expect(vpn.received).toHaveLength(2)
    expect((await vpn.exchange(accountingRequest(vpn.secret))).code).toBe(ACCOUNTING_RESPONSE)
  })

  /** By somebody who knows the secret: all that comes behind it is chance. */
  function chance(draw: Drawn, secret: string, username: string): Buffer {
    const [byte = 0, length = 0, ...types] = draw(8)
    const authenticator = draw(16)
    const attributes = types
      .slice(0, byte % 6)
      .map((type) => ({
        type: type % 2 ? type : (AT_RANDOM[type % AT_RANDOM.length] ?? 0),
        value: draw(length % 130),
      }))
      .filter(({ type }) => type !== MESSAGE_AUTHENTICATOR)
    if (byte % 3 === 0) attributes.push({ type: USER_NAME, value: Buffer.from(username) })
    const password = { type: USER_PASSWORD, value: draw(16 * (1 + (length % 8))) }
    if (byte % 4 === 0) attributes.push(password)
    const code = byte % 8 ? 1 : byte
    // That of `drained` is another.
    return radiusRequest({ secret, authenticator, attributes, code, identifier: byte % 255 })
  }

  it('answers nothing to strangers, and lets in none of a hundred thousand random packets, signed or not', async () => {
    await using vpn = await gateway({ challenges: true })
    await using fuzzed = await gateway({ challenges: true })
    await using stranger = await RadiusClient.open(port(), vpn.secret, '127.0.0.9')
    const { username } = await person()
    onTestFailed(() => console.error(`FUZZ_SEED=${seed}`))
    const draw = drawn()
    stranger.send(stranger.request(username, PASSWORD))
    const lines = house.server.lines.length
    for (let n = 0; n < 100_000; n++) {
      const isSigned = n % 20 === 0
      const packet = isSigned ? chance(draw, fuzzed.secret, username) : draw(20 + (n % 100))
      if (n % 2) packet.writeUInt16BE(packet.length, 2)
      const sender = isSigned ? fuzzed : n % 4 ? vpn : stranger
      sender.send(packet)
      if (n % 200 === 0) await vpn.drained()
      // Of what is signed a client's share is read to the end.
      if (n === 50_000) await house.clock.jump(MINUTE)
    }
    await house.clock.jump(MINUTE)
    await fuzzed.drained()
    await vpn.drained()
    expect(fuzzed.received.filter((answer) => answer[0] === REJECT).length).toBeGreaterThan(SHARE / 2)
    const said = fuzzed.received.slice(0, -1).map((answer) => answer[0])
    expect(said.filter((code) => code === CHALLENGE)).toEqual([])
    expect(stranger.received).toEqual([])
    expect(vpn.received.every((answer) => answer[0] === ACCEPT)).toBe(true)
    const told = house.server.lines.slice(lines).map((line) => line.trim())
    expect(told.filter((line) => !/not answered/.test(line))).toEqual([])
    // Each kind of fault once a minute.
    expect(told.length).toBeLessThan(3 * 6)
  })

  it('drops what one client sends beyond its share, and no other notices', async () => {
    await using flooding = await gateway()
    await using vpn = await gateway()
    const { username, device } = await person()
    const status = () => radiusRequest({ secret: flooding.secret, code: 12 })
    for (let n = 0; n < SHARE; n++) await flooding.exchange(status())
    for (let n = 0; n < 500; n++) flooding.send(status())
    const dropped = status()
    flooding.send(dropped)
    const typed = `${PASSWORD},${codeOf(device)}`
    expect((await vpn.ask(username, typed)).code).toBe(ACCEPT)
    expect(flooding.received).toHaveLength(SHARE)
    await house.clock.advance(60_000)
    // Sent again, it is not taken for one that is being worked on.
    expect((await flooding.exchange(dropped)).code).toBe(ACCEPT)
    await flooding.drained()
  })

  it('has two thousand of one client under way at most, and as many again when those are done', async () => {
    await using vpn = await gateway()
    const needs = { ...parts(), stopping: new AbortController().signal }
    const limits = { ...parts().limits, radiusPerClient: { count: 100_000, seconds: 60 } }
    const door = new Door({ ...needs, limits } as never)
    const asked = () =>
      door.answer({ bytes: radiusRequest({ secret: vpn.secret, code: 12 }), address: vpn.address, port: 1 })
    for (const _time of [1, 2]) {
      const answers = await Promise.all(Array.from({ length: 2001 }, asked))
      expect(answers.filter((answer) => answer !== undefined)).toHaveLength(2000)
    }
  })

  it('asks without Message-Authenticator only where an operator allowed that, on this machine', async () => {
    await using old = await gateway({ messageAuthenticator: false })
    const { username, device } = await person()
    const name = [{ type: USER_NAME, value: username }]
    const packet = radiusRequest({
      secret: old.secret,
      password: `${PASSWORD},${codeOf(device)}`,
      attributes: name,
      signed: false,
    })
    expect((await old.exchange(packet)).code).toBe(ACCEPT)
    // Nor is anything else let through unsigned, or signed wrongly.
    const count = old.received.length
    old.send(radiusRequest({ secret: old.secret, code: STATUS, signed: false }))
    old.send(radiusRequest({ secret: old.secret, attributes: name, signed: 'forged' }))
    await old.drained()
    expect(old.received.slice(count).map(([, identifier]) => identifier)).toEqual([255])
    const { id } = await house.server.application()
    const asked = { id: id as ApplicationId, network: '10.0.0.0/8', certificate: '', challenges: false, groups: 'none' }
    const added = addClient(parts(), { ...asked, messageAuthenticator: false }, BY)
    await expect(added).rejects.toMatchObject({ slug: 'invalid' })
  })
})

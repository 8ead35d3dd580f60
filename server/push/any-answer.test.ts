// A push service that answers anything: a push has one outcome, told in time, and is only taken where that was said.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testCertificate } from '../../test/support/certificate.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { tried, triedInTurn } from '../../test/support/fuzzing.ts'
import { trust } from '../../test/support/trust.ts'
import { answerOf } from './answer.ts'
import { type Outbound, openOutbound } from './outbound.ts'
import { pushSender } from './send.ts'

const status = fc.oneof(
  fc.constantFrom('100', '103', '200', '201', '204', '301', '304', '404', '410', '429', '500', '503'),
  fc.constantFrom('0', '99', '600', '999', '2', '20x', '-201', '', '2010'),
)
const time = fc.oneof(
  fc.constantFrom('7', '0', '-1', '1e9', '999999999', '9999999999', 'Thu, 01 Jan 2026 00:00:09 GMT', '0001-01-01', ''),
  fc.string(),
)
const line = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('HTTP/1.1 ', 'HTTP/1.0 ') },
  { weight: 1, arbitrary: fc.constantFrom('HTTP/2 ', 'HTTP/9.9 ', 'SSH-2.0 ', '') },
)
const header = fc.oneof(
  time.map((when) => `Retry-After: ${when}`),
  fc.constantFrom(
    'Content-Length: 0',
    'Content-Length: 5',
    'Content-Length: -1',
    'Content-Length: 99999999999999999999',
  ),
  fc.constantFrom('Transfer-Encoding: chunked', 'Transfer-Encoding: gzip', 'Connection: close', 'Upgrade: h2c'),
  fc.constantFrom('Location: https://127.0.0.1/', 'Location: \u00ff', 'Link: <', 'no colon', ': no name', ' folded'),
  fc.constantFrom(`Filler: ${'x'.repeat(20_000)}`, `${'Many: x\r\n'.repeat(500)}Last: x`),
)
const body = fc.constantFrom('', 'hello', '5\r\nhello\r\n0\r\n\r\n', 'ffffffffff\r\n', 'x'.repeat(100_000), '\0')
const answer = fc.record({
  text: fc.oneof(
    { weight: 8, arbitrary: fc.tuple(line, status, fc.array(header, { maxLength: 3 }), body).map(written) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  ),
  /** or leaves it open and says no more */
  hangsUp: fc.boolean(),
})

function written([version, code, headers, said]: [string, string, string[], string]): string {
  return [version + code, ...headers, '', said].join('\r\n')
}

let outbound: Outbound
let origin: string
let now: { text: string; hangsUp: boolean }
const clock = new ManualClock()
const service = createServer({ ...testCertificate(), ALPNProtocols: ['http/1.1'] }, (socket) => {
  socket.on('error', () => undefined)
  socket.once('data', () => {
    const { text, hangsUp } = now
    if (hangsUp) return void socket.end(text, 'latin1')
    socket.write(text, 'latin1', () => void clock.advance(10_000))
  })
})

beforeAll(async () => {
  trust(testCertificate().cert)
  await once(service.listen(0, '127.0.0.1'), 'listening')
  origin = `https://localhost:${(service.address() as AddressInfo).port}`
  const lookup = async () => ['127.0.0.1']
  outbound = openOutbound({ allowedOrigins: [origin], lookup, httpsProxy: undefined, noProxy: undefined })
})
afterAll(async () => {
  await outbound.close()
  service.close()
})

it('whatever comes on the wire', async () => {
  const push = { body: new Uint8Array(1), authorization: 'none', ttl: 1, topic: undefined, keyIsCurrent: true }
  const kinds = new Set<string>()
  await triedInTurn(
    answer,
    async (said) => {
      now = said
      const sender = pushSender({ outbound, clock })
      const told = await sender.send({ ...push, endpoint: `${origin}/wp/1` })
      kinds.add(told.kind)
      if (told.kind === 'accepted') expect(said.text).toMatch(/^HTTP\/1\.[01] (1\d\d[\s\S]*)?2\d\d/)
      if (told.kind === 'gone') expect(said.text).toMatch(/ (404|410)/)
      if ('notBefore' in told) expect(told.notBefore).toBeTypeOf('number')
      expect(clock.waiting).toBe(0)
    },
    200,
  )
  expect([...kinds].sort()).toEqual(['accepted', 'gone', 'refused', 'retry'])
})

it('whatever time it names for the next try', () => {
  tried(fc.tuple(fc.constantFrom(408, 429, 500, 503, 599), time), ([code, retryAfter]) => {
    const told = answerOf({ status: code, retryAfter, now: clock.now(), keyIsCurrent: true })
    expect(told.kind).toBe('retry')
    if ('notBefore' in told) expect(Number.isSafeInteger(told.notBefore)).toBe(true)
  })
})

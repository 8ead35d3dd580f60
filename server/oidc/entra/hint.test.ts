// What Microsoft says is waited for, and not for ever; what it fails to say is no fault of the hint.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ManualClock } from '../../../test/support/clock.ts'
import { triedInTurn } from '../../../test/support/fuzzing.ts'
import { hostile } from '../../../test/support/near-valid.ts'
import { openOutbound } from '../../push/outbound.ts'
import { HintRefused, hintReader, KeysAway } from './hint.ts'

const TENANT = '9122040d-6c67-4c5b-b112-36a304b66dad'

it.each(['nothing at all', 'half of an answer'])('a Microsoft that says %s is waited for five seconds', (what) =>
  withMicrosoft(
    (_asked, answer) => {
      if (what === 'half of an answer') answer.writeHead(200, { 'content-type': 'application/json' }).write('{"iss')
    },
    async ({ read, clock, asked }) => {
      const away = expect(read('a.b.c')).rejects.toBeInstanceOf(KeysAway)
      await asked
      await clock.advance(5000)
      await away
      expect(clock.waiting).toBe(0)
    },
  ),
)

const HEADER = Buffer.from('{"alg":"RS256","kid":"1"}').toString('base64url')
const HINT = `${HEADER}.${Buffer.from('{}').toString('base64url')}.AAAA`

type Answers = { metadata?: number; keys: number; text?: string }

it.each<[string, typeof HintRefused, Answers]>([
  ['an error of its own', KeysAway, { keys: 503 }],
  ['that it was asked too often', KeysAway, { keys: 429 }],
  ['no JSON', KeysAway, { keys: 200, text: '<p>One moment' }],
  ['an error at discovery', KeysAway, { metadata: 500, keys: 200 }],
  ['too often at discovery', KeysAway, { metadata: 429, keys: 200 }],
  ['that there is no such tenant', HintRefused, { metadata: 404, keys: 200 }],
  ['keys of which none is the hint’s', HintRefused, { keys: 200, text: '{"keys":[]}' }],
])('a Microsoft that says %s is told apart from a wrong hint', (_what, kind, { metadata = 200, keys, text = '{}' }) =>
  withMicrosoft(
    ({ url, headers }, answer) => {
      const origin = `http://${headers.host}`
      const isMetadata = url?.endsWith('/openid-configuration')
      answer.writeHead(isMetadata ? metadata : keys, { 'content-type': 'application/json' })
      answer.end(isMetadata ? JSON.stringify({ issuer: `${origin}/${TENANT}/v2.0`, jwks_uri: `${origin}/keys` }) : text)
    },
    async ({ read }) => {
      const error: unknown = await read(HINT).catch((thrown: unknown) => thrown)
      expect((error as object).constructor).toBe(kind)
    },
  ),
)

it.each([
  ['issuer', { issuer: 'https://evil.example/v2.0' }],
  ['place of the keys', { jwks_uri: 'http://localhost/keys' }],
])('keys are not taken where the %s is not Microsoft’s', async (_what, wrong) => {
  const asked: unknown[] = []
  await withMicrosoft(
    ({ url, headers }, answer) => {
      asked.push(url)
      const origin = `http://${headers.host}`
      const right = { issuer: `${origin}/${TENANT}/v2.0`, jwks_uri: `${origin}/keys` }
      answer.end(JSON.stringify({ ...right, ...wrong }))
    },
    async ({ read }) => {
      await expect(read(HINT)).rejects.toThrow('what Microsoft says of the tenant is not as it must be')
    },
  )
  expect(asked).toEqual([`/${TENANT}/v2.0/.well-known/openid-configuration`])
})

it('keys are looked for again every half a minute, and where the clock was set back by an hour at once', () => {
  let looked = 0
  return withMicrosoft(
    ({ url, headers }, answer) => {
      const origin = `http://${headers.host}`
      if (url?.endsWith('/keys')) return void answer.end('{"keys":[]}')
      looked++
      answer.end(JSON.stringify({ issuer: `${origin}/${TENANT}/v2.0`, jwks_uri: `${origin}/keys` }))
    },
    async ({ read, clock }) => {
      const lookedAfter = async (ms: number) => {
        await clock.jump(ms)
        await expect(read(HINT)).rejects.toBeInstanceOf(HintRefused)
        return looked
      }
      expect(await lookedAfter(0)).toBe(2)
      expect(await lookedAfter(29_999)).toBe(2)
      expect(await lookedAfter(1)).toBe(3)
      expect(await lookedAfter(-29_999)).toBe(3)
      expect(await lookedAfter(-3_600_000)).toBe(4)
    },
  )
})

it('whatever Microsoft says, of itself or of its keys, a hint is refused or Microsoft is away', () => {
  let said = { metadata: '', keys: '' }
  return withMicrosoft(
    ({ url }, answer) => void answer.end(url?.endsWith('/keys') ? said.keys : said.metadata),
    async ({ read, clock, origin }) => {
      const right = { issuer: `${origin}/${TENANT}/v2.0`, jwks_uri: `${origin}/keys` }
      const metadata = fc.oneof(
        { weight: 4, arbitrary: fc.constant(right) },
        fc.record({ issuer: fc.constantFrom(right.issuer, 'x'), jwks_uri: hostile }),
        hostile,
      )
      const key = fc.record(
        {
          kty: fc.oneof(fc.constantFrom('RSA', 'EC', 'oct'), hostile),
          n: hostile,
          e: hostile,
          use: hostile,
          alg: hostile,
        },
        { requiredKeys: ['kty'] },
      )
      const keys = fc.oneof(
        fc.record({
          keys: fc.array(
            fc.oneof(
              key.map((made) => ({ ...made, kid: '1' })),
              hostile,
            ),
            { maxLength: 3 },
          ),
        }),
        fc.record({ keys: hostile }),
        hostile,
      )
      const text = (value: fc.Arbitrary<unknown>) =>
        fc.oneof({ weight: 9, arbitrary: value.map((one) => JSON.stringify(one)) }, fc.string())
      await triedInTurn(
        fc.record({ metadata: text(metadata), keys: text(keys) }),
        async (tried) => {
          said = tried
          // What was said before is forgotten after a day.
          await clock.jump(25 * 3_600_000)
          await expect(read(HINT)).rejects.toBeInstanceOf(HintRefused)
        },
        200,
      )
    },
  )
})

type Asking = { read: (hint: string) => Promise<unknown>; clock: ManualClock; asked: Promise<unknown>; origin: string }

async function withMicrosoft(answer: RequestListener, work: (asking: Asking) => Promise<void>): Promise<void> {
  const microsoft = createServer(answer)
  await new Promise<void>((resolve) => microsoft.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(microsoft.address() as AddressInfo).port}`
  const clock = new ManualClock()
  const outbound = openOutbound({
    allowedOrigins: [origin],
    lookup: async () => [],
    httpsProxy: undefined,
    noProxy: undefined,
  })
  const reader = hintReader({ outbound, clock })
  const read = (hint: string) => reader(hint, { origin, tenant: TENANT, application: 'a', clientId: 'b' })
  try {
    await work({ read, clock, asked: once(microsoft, 'request'), origin })
  } finally {
    microsoft.closeAllConnections()
    microsoft.close()
    await outbound.close()
  }
}

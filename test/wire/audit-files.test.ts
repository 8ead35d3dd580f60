// Files that auditors are handed, from anybody: what was changed in one is told in words, and nothing makes the check fall over.
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { base64url } from '../../protocol/encoding.ts'
import { line } from '../../server/audit/chain/lines.ts'
import { readMark } from '../../server/audit/chain/mark.ts'
import { sealEntries } from '../../server/audit/chain/seal.ts'
import { verifyChain } from '../../server/audit/chain/verify.ts'
import { tried, triedInTurn } from '../support/fuzzing.ts'
import { hostile } from '../support/near-valid.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf } from '../support/wire-operator.ts'

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string())
const bytes = fc.uint8Array({ maxLength: 200 }).map((made) => new Uint8Array(made))

type File = Record<string, unknown>[]
type Place = readonly string[]

async function* linesOf(file: readonly unknown[]): AsyncGenerator<unknown> {
  yield* file
}

/** Of each value, how deep it may lie. */
function placesIn(value: unknown, at: Place = []): Place[] {
  const inside = typeof value === 'object' && value !== null ? Object.entries(value) : []
  const within = inside.flatMap(([name, each]) => placesIn(each, [...at, name]))
  return at.length === 0 ? within : [at, ...within]
}

function changedAt(file: File, place: Place, value: unknown): File {
  const copy = structuredClone(file)
  let holder = copy as unknown as Record<string, unknown>
  for (const name of place.slice(0, -1)) holder = holder[name] as Record<string, unknown>
  holder[place.at(-1) ?? ''] = value
  return copy
}

/** What an auditor goes by. */
const HELD =
  /^\d+\.(chain|from|position|at|kind|user|request|device|application|actor|detail|evidence|hash|digests|head|export)\b/

/** As it is understood: members that no export has say nothing, and no evidence is told by an empty one too. */
const understood = (file: File) =>
  JSON.stringify(
    file.map((one) => {
      const { data } = line.safeParse(one)
      const isBare = data?.type === 'entry' && Object.keys(data.evidence ?? {}).length === 0
      return isBare ? { ...data, evidence: null } : data
    }),
  )

describe('an exported audit log', () => {
  const house = wireHouse('sqlite')
  const files: Record<string, File> = {}
  beforeAll(async () => {
    const auditor = await programOf(house.server, 'auditor')
    await house.approved()
    const denied = await house.asked()
    await denied.device.decide(denied.shown, 'report')
    while ((await sealEntries(house.server.running.parts)) > 0);
    for (const [name, query] of Object.entries({ whole: '', narrowed: '?kind=approved' })) {
      const { text } = await auditor.call('GET', `/audit/export${query}`)
      const lines = text.trimEnd().split('\n')
      files[name] = lines.map((line) => JSON.parse(line))
    }
  })

  it.each(['whole', 'narrowed'])('%s and changed in one place is not as it was', async (name) => {
    const file = files[name] ?? []
    expect((await verifyChain(linesOf(file))).ok).toBe(true)
    const value = fc.oneof(hostile, fc.constantFrom(null, '', 0, -1, {}, [], 'x', '..', 'a.b.c', 'AAAA'))
    await triedInTurn(
      fc.tuple(fc.constantFrom(...placesIn(file)), value),
      async ([place, other]) => {
        const changed = changedAt(file, place, other)
        const { ok, fault } = await verifyChain(linesOf(changed))
        if (!HELD.test(place.join('.')) || understood(changed) === understood(file)) return
        expect(ok).toBe(false)
        expect(fault?.detail).toMatch(/\.$/)
      },
      2000,
    )
  })

  it.each([
    ['a key that is none', '0.key.x', ''],
    ['half a character', '1.detail', { note: '\ud800' }],
    ['half a character in a name', '1.detail', { '\ud800': 1 }],
    ['a number beyond all bounds', '1.detail', { note: Number.POSITIVE_INFINITY }],
  ])('with %s is unreadable, and that is said', async (_, place, value) => {
    const salted = changedAt(files.whole ?? [], ['1', 'salts'], 'AAAA')
    const { ok, fault } = await verifyChain(linesOf(changedAt(salted, place.split('.'), value)))
    expect({ ok, kind: fault?.kind }).toEqual({ ok: false, kind: 'unreadable' })
  })

  it('has no mark that nobody signed', () => {
    const coordinate = fc.oneof(text, fc.uint8Array({ minLength: 32, maxLength: 32 }).map(base64url))
    const key = fc.record({
      ...{ kty: fc.constant('EC' as const), crv: fc.constant('P-256' as const) },
      ...{ x: coordinate, y: coordinate },
    })
    const part = (value: unknown) => base64url(new TextEncoder().encode(JSON.stringify(value)))
    const signature = fc.oneof(bytes, fc.uint8Array({ minLength: 64, maxLength: 64 }))
    const mark = fc
      .tuple(fc.constantFrom('audit-head+jwt', 'audit-cut+jwt', 'jwt'), fc.jsonValue(), signature)
      .map(([typ, payload, signed]) =>
        [part({ typ, alg: 'ES256', kid: 'k' }), part(payload), base64url(new Uint8Array(signed))].join('.'),
      )
    tried(fc.tuple(fc.oneof(text, mark), key), ([jws, of]) => expect(readMark('head', jws, of)).toBe(undefined))
  })
})

// Calls that are nearly what a description asks for: of an operation, with bodies, headers and addresses that somebody
// hostile, or careless, would send.
import fc from 'fast-check'
import { hostile, type JsonSchema, type Known, nearValid } from './near-valid.ts'

export type Operation = {
  method: string
  /** with `{names}` */
  path: string
  query: Record<string, JsonSchema>
  headers: Record<string, JsonSchema>
  body?: { type: string; schema: JsonSchema }
}

const BROKEN: readonly (string | Uint8Array)[] = [
  '',
  '{',
  '[]',
  'null',
  '"a"',
  '[1e999]',
  '{"a":1,"a":2}',
  '\ufeff{}',
  '['.repeat(20_000),
  `{"a":"${'x'.repeat(70_000)}"}`,
  new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
]

const OTHER_TYPES = [
  'application/json; charset=utf-16',
  'text/plain',
  'multipart/form-data',
  'application/jose',
  ';',
  '',
]

const ODD_HEADERS: readonly Record<string, string>[] = [
  { accept: 'text/event-stream' },
  { accept: '*/*;q=999' },
  { forwarded: 'for="[::1%25eth0]:99999";proto=;;,for=_' },
  { 'x-forwarded-for': '1.2.3.4.5, ::ffff:1.2.3.4, \t,,' },
  { 'user-agent': '\u00ff'.repeat(2000) },
  { 'if-match': '"99999999999999999999"' },
  { 'if-match': '*' },
  { 'if-none-match': 'W/"' },
  { 'idempotency-key': 'x'.repeat(300) },
  { 'x-request-secret': '\u00e9' },
  { authorization: 'Bearer' },
  { authorization: `Bearer ${'a'.repeat(9000)}` },
  { authorization: 'Basic Og==' },
  { cookie: '__Host-countersign-console=; =; a=%zz' },
  { dpop: 'a.b.c' },
  { dpop: `${btoa('{"alg":"none"}')}.e30.` },
  { origin: 'null' },
  { 'x-http-method-override': 'DELETE' },
]

export type Tried = {
  path: string
  query: string
  body: string | Uint8Array | undefined
  headers: Record<string, string>
}

export function callsOf(operation: Operation, known: Known): fc.Arbitrary<Tried> {
  const inPath = fc.record(
    Object.fromEntries(placesIn(operation.path).map((place) => [place.name, idOf(place, known)])),
  )
  const inQuery = fc.record(
    Object.fromEntries(Object.entries(operation.query).map(([name, schema]) => [name, nearValid(schema, known, name)])),
    { requiredKeys: [] },
  )
  const inHeader = fc.record(
    Object.fromEntries(Object.entries(operation.headers).map(([name, s]) => [name, nearValid(s, known, name)])),
  )
  return fc
    .record({
      inPath,
      inQuery,
      inHeader,
      odd: fc.option(fc.constantFrom(...ODD_HEADERS), { freq: 6, nil: {} }),
      body: bodiesOf(operation, known),
    })
    .map(({ inPath, inQuery, inHeader, odd, body }) => ({
      path: operation.path.replace(/\{(\w+)\}/g, (_, name) => escaped(inPath[name])),
      query: Object.entries(inQuery)
        .map(([name, value]) => `${name}=${escaped(value)}`)
        .join('&'),
      body: body.sent,
      headers: { ...body.headers, ...printable(inHeader), ...odd },
    }))
}

/** `{id}` of `/users/{id}` is one of `users`. */
const placesIn = (path: string) =>
  [...path.matchAll(/([\w-]+)\/\{(\w+)\}/g)].map(([, kind = '', name = '']) => ({ kind, name }))

const idOf = ({ kind, name }: { kind: string; name: string }, known: Known) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...(known[kind] ?? known[name] ?? ['nobody'])) },
    { weight: 1, arbitrary: fc.constantFrom(...Object.values(known).flat()) },
    { weight: 1, arbitrary: hostile },
  )

/** As an address holds it; what no address can hold is sent as it is. */
function escaped(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return encodeURIComponent(text.toWellFormed().slice(0, 3000)) || '%00'
}

/** Of what Node's client sends at all. */
const printable = (headers: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      (typeof value === 'string' ? value : JSON.stringify(value))
        .replace(/[^\t\x20-\x7e\x80-\xff]/g, '?')
        .slice(0, 4000),
    ]),
  )

function bodiesOf({ body, method }: Operation, known: Known) {
  const none = fc.constant({
    sent: undefined as string | Uint8Array | undefined,
    headers: {} as Record<string, string>,
  })
  if (method === 'GET') return none
  const type = body?.type ?? 'application/json'
  const sentAs = (sent: string | Uint8Array, as = type) => ({ sent, headers: { 'content-type': as } })
  const right = (body ? nearValid(body.schema, known) : hostile).map((value) => sentAs(written(type, value)))
  return fc.oneof(
    { weight: 6, arbitrary: right },
    { weight: 1, arbitrary: fc.constantFrom(...BROKEN).map((sent) => sentAs(sent)) },
    { weight: 1, arbitrary: fc.constantFrom(...OTHER_TYPES).map((as) => sentAs('{}', as)) },
    { weight: 1, arbitrary: none },
  )
}

function written(type: string, value: unknown): string {
  if (type.endsWith('json')) return JSON.stringify(value)
  const isForm = type === 'application/x-www-form-urlencoded' && typeof value === 'object' && value !== null
  if (!isForm) return String(value)
  return Object.entries(value)
    .map(([name, each]) => `${name}=${escaped(each)}`)
    .join('&')
}

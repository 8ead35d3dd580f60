import { expect, it } from 'vitest'
import { base64url, utf8 } from './encoding.ts'
import { parseJws } from './jws.ts'

const TEXT = '{"name":"Zoë"}'
const withPayload = (payload: Uint8Array) => parseJws(`${base64url(utf8('{}'))}.${base64url(payload)}.AA`)

it('what is signed is read as UTF-8 and as nothing else', () => {
  expect(withPayload(utf8(TEXT))?.payload).toEqual({ name: 'Zoë' })
  for (const encoding of ['latin1', 'utf16le'] as const)
    expect(withPayload(new Uint8Array(Buffer.from(TEXT, encoding)))).toBeUndefined()
})

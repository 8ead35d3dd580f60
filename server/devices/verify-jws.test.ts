import { expect, test } from 'vitest'
import { fromBase64url } from '../../protocol/encoding.ts'
import { verifiesJws } from './verify-jws.ts'

const key = JSON.stringify({
  kty: 'EC',
  crv: 'P-256',
  x: 'iWn1wtAQzcST0TVF15d1FP398KYqb7yE6K0lOvKztSE',
  y: 'TghomL12XBn1BZhnjtTjh_oTBaLj0T5ixwZxu1nXkKY',
})

/** Of this key: where r or s begins with a zero, or with a bit that would make it a negative number. */
const SIGNED = {
  'r begins with a zero': [
    'signed 7',
    'AEBK0nKdKC0FxwAw-mfSb8CUw4vBkb5ulZloGcTLGVqSaCU53o872bMlb4iykdqc8sMUhADLAceslfQ4563QfQ',
  ],
  'r begins with a zero and then its highest bit': [
    'signed 194',
    'ANr1ZByXI-fIz3CK9HMTj90fOS5Zs-dtKxq8OSG4ibmNdO7Uoj3yN78ClQoylJFDZtTEYTdYlxgwGdHl3eYugg',
  ],
  's begins with a zero and then its highest bit': [
    'signed 61',
    'mby3JwN-eJ_7k135LhTk3rEXYZx2aDPLWOF93DBPs4wAur-vS2LLJG7W_I8cfzWE4ocz2mOyXKB0yioq0bWmTQ',
  ],
  'both begin with their highest bit': [
    'signed 9',
    'yJ5ShUcRkELayhIA8_gujOENKLpSb-FRksZgHiE2YIyJdgzSitvC-aG9frknAIw9Cs8xiFfVHhvkijZM-RCfCw',
  ],
} as const

const verifies = (signed: string, signature: Uint8Array<ArrayBuffer>) =>
  verifiesJws({ header: {}, payload: {}, signed, signature }, { key })

test.each(Object.entries(SIGNED))('a signature of which %s holds, and for nothing else', (_which, [signed, text]) => {
  const signature = fromBase64url(text)
  expect(verifies(signed, signature)).toBe(true)
  expect(verifies(`${signed}.`, signature)).toBe(false)
  for (const at of [0, 31, 32, 63]) {
    const other = fromBase64url(text)
    other[at] = (other[at] ?? 0) ^ 1
    expect(verifies(signed, other)).toBe(false)
  }
})

test('numbers that no signature has, and other lengths, are refused', () => {
  const [signed, text] = SIGNED['both begin with their highest bit']
  const signature = fromBase64url(text)
  const zeros = new Uint8Array(32)
  for (const [r, s] of [
    [zeros, zeros],
    [zeros, signature.subarray(32)],
    [signature.subarray(0, 32), zeros],
    [zeros.map(() => 0xff), signature.subarray(32)],
  ] as const) {
    expect(verifies(signed, new Uint8Array([...r, ...s]))).toBe(false)
  }
  for (const length of [0, 32, 63, 65, 128])
    expect(verifies(signed, new Uint8Array([...signature, ...signature]).slice(0, length))).toBe(false)
})

// Alice signs in to Harbour, call by call: the examples in the description of /api/v1.
import type { Parameter } from './openapi.ts'

export const REQUEST = {
  id: 'req_4zbgvn5t1m0q3r8s6w7x9y2c4d',
  state: 'pending',
  reason: null,
  version: 1,
  delivery: 'queued',
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-01T00:01:00.000Z',
  settledAt: null,
  redeemedAt: null,
}

export const ASKED = { ...REQUEST, number: '42', secret: 'pU1XnYkJp9TqGZ0bq7fM3A' }

const APPROVED_AT = '2026-01-01T00:00:09.412Z'

export const APPROVED = {
  ...REQUEST,
  state: 'approved',
  version: 3,
  delivery: 'shown',
  settledAt: APPROVED_AT,
  number: '42',
  passcode: '21878691',
}

export const REDEEMED = {
  username: 'alice',
  userId: 'usr_0v9k2m4n6p8r1s3t5w7x9z0b2c',
  amr: ['otp', 'swk'],
  token: 'tok_3m5n7p9q1r2s4t6v8w0x1y3z5a',
  device: 'dev_7x9y1z3a5b6c8d0e2f4g6h8j9k',
  approvedAt: APPROVED_AT,
  numberMatched: true,
}

const event = (data: typeof APPROVED | typeof REQUEST) =>
  `event: state\nid: ${data.version}\ndata: ${JSON.stringify(data)}\n\n`

export const EVENTS = event({ ...REQUEST, number: '42' } as typeof REQUEST) + event(APPROVED)

export const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: '1–128 printable ASCII characters; the same call again is answered alike, and nobody is asked twice',
  schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[\\x20-\\x7e]+$' },
  example: 'sign-in-4711',
}

export const REQUEST_SECRET: Parameter = {
  name: 'X-Request-Secret',
  in: 'header',
  description: 'adds the number and, once it is approved and until it is redeemed, the passcode',
  schema: { type: 'string' },
  example: ASKED.secret,
}

export const WAIT: Parameter = {
  name: 'wait',
  in: 'query',
  description: 'seconds; answers earlier if the request changes or is final',
  schema: { type: 'integer', minimum: 0, maximum: 60 },
  example: 25,
}

export const SINCE: Parameter = {
  name: 'since',
  in: 'query',
  description: 'the version seen last; where absent, the one of now',
  schema: { type: 'integer', minimum: 0 },
  example: 1,
}

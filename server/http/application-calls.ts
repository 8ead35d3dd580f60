// The calls of /api/v1, each once: its address, what it takes and answers, and how it can be refused. The routes and
// the description (OpenAPI) are made from this table.
import { newRequest, redeemed, seenRequest, verified } from '../../protocol/application-answers.ts'
import { newLoginRequest, redeemCall, verifyCall } from '../../protocol/application-api.ts'
import type { ProblemSlug } from '../../protocol/problems.ts'
import {
  APPROVED,
  ASKED,
  EVENTS,
  IDEMPOTENCY_KEY,
  REDEEMED,
  REQUEST,
  REQUEST_SECRET,
  SINCE,
  WAIT,
} from './application-examples.ts'
import type { Json, Parameter, Schema } from './openapi.ts'
import type { Method } from './routes.ts'

export type ApplicationCall = {
  /** method, and path below /api/v1 */
  http: readonly [Method, string]
  /** 'asks the person’s devices' */
  summary: string
  description?: string
  parameters?: readonly Parameter[]
  body?: { schema: Schema; example: Json; members?: Record<string, Json> }
  /** no `schema`: no body, or a stream of events */
  answer: { status: number; description: string; schema?: Schema; events?: Schema; example?: unknown; headers?: Json }
  /** besides those that any call may meet */
  problems: readonly ProblemSlug[]
}

const OF_ONE = '/login-requests/:id'

export const APPLICATION_CALLS = {
  create: {
    http: ['POST', '/login-requests'],
    summary: 'asks the person’s devices',
    description:
      'After a first factor was checked. Keep `id` and `secret` on the server, tied to one browser, and show `number` there.',
    parameters: [IDEMPOTENCY_KEY],
    body: {
      schema: newLoginRequest,
      example: { username: 'alice', context: { ip: '203.0.113.7', resource: 'Timetable' } },
      members: {
        username: { minLength: 1, maxLength: 64 },
        'context.ip': { description: 'of the browser that signs in, without a zone' },
        'context.userAgent': { maxLength: 512, description: 'of that browser' },
        'context.resource': { maxLength: 128, description: 'what is signed in to, as people call it' },
        'context.message': { maxLength: 200, description: 'shown under the application’s name, quoted' },
      },
    },
    answer: {
      status: 201,
      description: 'The request. Number and secret are here only.',
      schema: newRequest,
      example: ASKED,
      headers: {
        'Idempotent-Replayed': {
          description: 'This answer was given before, and nobody was asked again',
          schema: { const: 'true' },
        },
      },
    },
    problems: [
      'unknown-user',
      'no-token',
      'push-paused',
      'address-blocked',
      'refused-by-policy',
      'too-many-requests',
      'idempotency-mismatch',
      'idempotency-in-progress',
    ],
  },
  read: {
    http: ['GET', OF_ONE],
    summary: 'reads a request, or waits until it changes',
    parameters: [REQUEST_SECRET, WAIT, SINCE],
    answer: { status: 200, description: 'The request as it is now', schema: seenRequest, example: APPROVED },
    problems: ['unknown-request', 'wrong-secret', 'invalid'],
  },
  events: {
    http: ['GET', `${OF_ONE}/events`],
    summary: 'listens to a request until its end',
    description:
      'Server-sent events: `event: state`, `id: <version>`, and for data the request as it is read; one at once, one for each change, and a comment every 15 s. The stream ends after a final state.',
    parameters: [REQUEST_SECRET],
    answer: { status: 200, description: 'A stream of events', events: seenRequest, example: EVENTS },
    problems: ['unknown-request', 'wrong-secret'],
  },
  cancel: {
    http: ['DELETE', OF_ONE],
    summary: 'takes a pending request back',
    answer: { status: 204, description: 'Cancelled' },
    problems: ['unknown-request', 'already-settled'],
  },
  redeem: {
    http: ['POST', `${OF_ONE}/redeem`],
    summary: 'uses an approval, once',
    description: 'This answer is the sign-in. The passcode is the one that the approved request holds.',
    body: { schema: redeemCall, example: { secret: ASKED.secret, passcode: APPROVED.passcode } },
    answer: { status: 200, description: 'Who signed in, and how', schema: redeemed, example: REDEEMED },
    problems: [
      'unknown-request',
      'unknown-user',
      'wrong-secret',
      'address-blocked',
      'not-approved',
      'already-redeemed',
      'expired',
      'wrong-passcode',
    ],
  },
  verify: {
    http: ['POST', '/passcodes/verify'],
    summary: 'checks a passcode that was typed',
    description: 'Spaces are removed. A wrong one counts: ten in a row lock typed passcodes for a while.',
    body: {
      schema: verifyCall,
      example: { username: 'alice', passcode: '123456', context: { ip: '203.0.113.7' } },
      members: {
        username: { minLength: 1, maxLength: 64 },
        'context.ip': { description: 'of the browser that signs in, without a zone' },
        'context.userAgent': { maxLength: 512, description: 'of that browser' },
      },
    },
    answer: {
      status: 200,
      description: 'Whether it is right. `token` is null for a temporary passcode of the help desk.',
      schema: verified,
      example: { valid: true, token: REDEEMED.token },
    },
    problems: ['unknown-user', 'address-blocked', 'refused-by-policy', 'too-many-requests'],
  },
} as const satisfies Record<string, ApplicationCall>

export type ApplicationCallName = keyof typeof APPLICATION_CALLS

/** The id in a path. */
export const ID_EXAMPLE = REQUEST.id

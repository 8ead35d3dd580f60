// `countersign/client`: the API for applications, for servers in JavaScript of any kind (Node from 20.3 on, Deno, Bun,
// workers). It needs nothing but fetch, streams, URL and AbortSignal, and is published as one file with its types.
import { Tries } from './again.ts'
import { Asked } from './asked.ts'
import { ProblemError, UnreachableError } from './errors.ts'
import { call, type Needs } from './send.ts'
import type {
  Abortable,
  Ask,
  Client,
  ClientOptions,
  LoginRequest,
  LoginRequestState,
  Timing,
  Verified,
} from './types.ts'

export type * from './types.ts'
export { ProblemError, UnreachableError }

const TIMING: Timing = { call: 10_000, firstWord: 4_000, silence: 45_000, backOff: 250, patience: 60_000 }
const THIS_MACHINE: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** @throws {TypeError} where `url` is none, or would carry the key in the clear */
export function createClient({ url, apiKey, fetch: chosen, timing }: ClientOptions): Client {
  const origin = new URL(url)
  if (origin.protocol !== 'https:' && !THIS_MACHINE.includes(origin.hostname))
    throw new TypeError('The url must be https: an API key must not be sent in the clear.')
  // Called as a function of its own: workers refuse a fetch that is called as somebody's method.
  const needs: Needs = {
    url: origin,
    apiKey,
    fetch: (input, init) => (chosen ?? fetch)(input, init),
    timing: { ...TIMING, ...timing },
  }
  return {
    start: (ask, options) => start(needs, ask, options),
    resume: (request) => new Asked(needs, request),
    verify: (typed, { signal } = {}) => call<Verified>(needs, 'POST', '/passcodes/verify', { body: typed, signal }),
  }
}

type Starting = Abortable & { idempotencyKey?: string }

async function start(needs: Needs, ask: Ask, options: Starting = {}): Promise<LoginRequest> {
  const { signal, idempotencyKey = crypto.randomUUID() } = options
  const tries = new Tries(needs, needs.timing.call)
  for (;;) {
    try {
      const sent = { body: ask, headers: { 'Idempotency-Key': idempotencyKey }, signal }
      const made = await call<LoginRequestState & { secret: string }>(needs, 'POST', '/login-requests', sent)
      if (typeof made.id !== 'string' || typeof made.secret !== 'string')
        throw new UnreachableError('What answered is not Countersign')
      return new Asked(needs, made)
    } catch (error) {
      // A limit is the person's; whoever waits for it must know.
      if (error instanceof ProblemError && error.status === 429) throw error
      await tries.after(error, signal)
    }
  }
}

// One call to /api/v1.
import { ProblemError, UnreachableError } from './errors.ts'
import type { Timing } from './types.ts'

export type Needs = { url: URL; apiKey: string; fetch: typeof fetch; timing: Timing }

type Sent = { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal | undefined }

/** A limit that can be moved on: `allow` anew whenever something was heard. */
export class Limit {
  readonly signal: AbortSignal
  readonly #over = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(outer?: AbortSignal) {
    this.signal = outer ? AbortSignal.any([outer, this.#over.signal]) : this.#over.signal
  }

  allow(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.end(), ms)
  }

  /** Whatever still runs under it is broken off. */
  end(): void {
    clearTimeout(this.#timer)
    this.#over.abort()
  }
}

/** @throws {ProblemError} @throws {UnreachableError} @throws the reason of `signal` */
export async function call<Answer>(
  needs: Needs,
  method: string,
  path: string,
  { signal, ...sent }: Sent = {},
  withinMs: number = needs.timing.call,
): Promise<Answer> {
  const limit = new Limit(signal)
  limit.allow(withinMs)
  try {
    const response = await send(needs, method, path, { ...sent, signal: limit.signal })
    return objectOf<Answer>(response.status === 204 ? {} : await response.json())
  } catch (error) {
    throw faultOf(error, signal)
  } finally {
    limit.end()
  }
}

/** Other programs answer with JSON too. @throws {UnreachableError} */
export function objectOf<Answer>(said: unknown): Answer {
  if (typeof said !== 'object' || said === null) throw new UnreachableError('What answered is not Countersign')
  return said as Answer
}

/** What went wrong on the way, as ours; whoever gave up hears their own reason. */
export function faultOf(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason
  if (error instanceof ProblemError || error instanceof UnreachableError) return error
  return new UnreachableError('Countersign did not answer', { cause: error })
}

/** Resolves with an answer that is no refusal. */
export async function send(needs: Needs, method: string, path: string, sent: Sent): Promise<Response> {
  const { body, headers, signal } = sent
  const response = await needs.fetch(new URL(`/api/v1${path}`, needs.url), {
    method,
    headers: {
      Authorization: `Bearer ${needs.apiKey}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    // Attack stopped: an answer that sends key and secret on to somebody else.
    redirect: 'manual',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  })
  if (response.ok) return response
  throw await refusalOf(response)
}

async function refusalOf(response: Response): Promise<ProblemError | UnreachableError> {
  const { status, headers } = response
  if (headers.get('content-type')?.startsWith('application/problem+json')) {
    const after = Number.parseInt(headers.get('retry-after') ?? '', 10)
    const document = (await response.json()) as Record<string, unknown>
    return new ProblemError(document, status, Number.isNaN(after) ? undefined : after)
  }
  await response.body?.cancel()
  return new UnreachableError(`Something that is not Countersign answered ${status}`, { status })
}

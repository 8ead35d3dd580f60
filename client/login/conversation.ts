// What this page says to the server, and how a refusal comes back.
import type { Left, SignInView } from '../../protocol/login-api.ts'
import type { RequestState } from '../../protocol/login-request.ts'
import { PROBLEM_TYPE } from '../../protocol/problem-slug.ts'
import type { ProblemSlug } from '../../protocol/problems.ts'

/** The server said no. */
export class Refusal extends Error {
  readonly slug: ProblemSlug | undefined
  /** what was asked for */
  readonly call: string
  /** of refused-by-policy */
  readonly because: unknown
  constructor(slug: ProblemSlug | undefined, call: string, because?: unknown) {
    super(slug ?? 'unknown')
    this.name = 'Refusal'
    this.slug = slug
    this.call = call
    this.because = because
  }
}

/** No answer, or one that is not the server's. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

export type Conversation = ReturnType<typeof conversation>

/** @param base where this sign-in's calls go */
export function conversation(base: string) {
  async function call<Answer>(path: string, body?: unknown): Promise<Answer> {
    const sent: RequestInit =
      body === undefined
        ? {}
        : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
    let response: Response
    let answer: unknown
    try {
      response = await fetch(`${base}/${path}`, { ...sent, cache: 'no-store', credentials: 'same-origin' })
      answer = await response.json()
    } catch (cause) {
      throw new Unreachable('no answer', { cause })
    }
    if (!response.ok) throw new Refusal(slugIn(answer), path, becauseIn(answer))
    return answer as Answer
  }

  return {
    events: `${base}/events`,
    state: () => call<SignInView>('state'),
    password: (username: string, password: string) => call<SignInView>('password', { username, password }),
    push: (seen: RequestState | null) => call<SignInView>('push', { seen }),
    passcode: (passcode: string) => call<SignInView>('passcode', { passcode }),
    recovery: (code: string) => call<SignInView>('recovery', { code }),
    redeem: (passcode: string) => call<SignInView>('redeem', { passcode }),
    cancel: () => call<SignInView>('cancel', {}),
    leave: () => call<Left>('leave', {}),
  }
}

function slugIn(document: unknown): ProblemSlug | undefined {
  if (typeof document !== 'object' || document === null || !('type' in document)) return undefined
  return String(document.type).replace(PROBLEM_TYPE, '') as ProblemSlug
}

function becauseIn(document: unknown): unknown {
  return typeof document === 'object' && document !== null && 'because' in document ? document.because : undefined
}

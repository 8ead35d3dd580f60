// The login page in a state that a test asks for: what the server would say of the sign-in is said by the test.
import type { Page, Route } from '@playwright/test'
import type { SignInView, WaitingRequest } from '../../../protocol/login-api.ts'
import { timestamp } from '../../../protocol/login-request.ts'
import { Problem, type ProblemSlug } from '../../../protocol/problems.ts'

type View<Step extends SignInView['step']> = Extract<SignInView, { step: Step }>

const NAMED = { application: 'Harbour', organisation: 'Harbour' }
const KNOWN = { ...NAMED, username: 'alice', push: { available: true as const }, requestSeconds: 60 }

export const password = (about: Partial<View<'password'>> = {}): SignInView => ({
  step: 'password',
  ...NAMED,
  ...about,
})
export const confirm = (about: Partial<View<'confirm'>> = {}): SignInView => ({ step: 'confirm', ...KNOWN, ...about })
export const signedIn = (about: Partial<View<'signed-in'>> = {}): SignInView => ({
  step: 'signed-in',
  ...NAMED,
  continueTo: '#stays-here',
  ...about,
})

/** @param since seconds since it was sent */
export function waiting(
  { since = 3, ...request }: Partial<WaitingRequest> & { since?: number } = {},
  about: Partial<View<'waiting'>> = {},
): SignInView {
  const created = Date.now() - since * 1_000
  return {
    step: 'waiting',
    ...KNOWN,
    request: {
      state: 'pending',
      reason: null,
      delivery: 'sent',
      number: '42',
      createdAt: timestamp(created),
      expiresAt: timestamp(created + 60_000),
      serverTime: timestamp(Date.now()),
      ...request,
    },
    ...about,
  }
}

export class LoginScreen {
  readonly page: Page
  readonly #origin: string
  #view: SignInView | ProblemSlug | 'unreachable' = password()
  /** What a call is answered with; a refusal by its slug. */
  readonly answers: Record<string, SignInView | ProblemSlug | 'silence' | 'unreachable'> = {}

  constructor(page: Page, origin: string) {
    this.page = page
    this.#origin = origin
  }

  async open(view: SignInView | ProblemSlug | 'unreachable'): Promise<Page> {
    this.#view = view
    await this.page.route('**/login/*/api/*', (route) => this.#answer(route))
    await this.page.goto(`${this.#origin}/login/some-sign-in`)
    await this.page.getByRole('heading').first().waitFor()
    return this.page
  }

  async #answer(route: Route): Promise<void> {
    const call = new URL(route.request().url()).pathname.split('/').at(-1) ?? ''
    // The page asks by itself where no stream comes through.
    if (call === 'events') return route.abort()
    const answer = this.answers[call] ?? this.#view
    if (answer === 'silence') return
    if (answer === 'unreachable') return route.abort('connectionrefused')
    if (typeof answer !== 'string') {
      // As at a server, what one call has brought about is what the next one finds.
      this.#view = answer
      return route.fulfill({ json: answer })
    }
    const problem = new Problem(answer)
    const body = JSON.stringify(problem.document())
    return route.fulfill({ status: problem.status, contentType: 'application/problem+json', body })
  }
}

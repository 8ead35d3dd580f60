// A login request in the hands of whoever made it.
import { ProblemError } from './errors.ts'
import { follow } from './follow.ts'
import { call, type Needs } from './send.ts'
import type { Abortable, LoginRequest, LoginRequestState, Redeemed } from './types.ts'

type States = AsyncGenerator<LoginRequestState, void, undefined>

/** Its secret is in no property, so that whoever logs one by mistake does not log that. */
export class Asked implements LoginRequest {
  readonly id: string
  readonly #needs: Needs
  readonly #secret: string
  #last: LoginRequestState | undefined

  constructor(needs: Needs, { id, secret, ...last }: { id: string; secret: string } & Partial<LoginRequestState>) {
    this.id = id
    this.#needs = needs
    this.#secret = secret
    this.#last = last.state ? ({ id, ...last } as LoginRequestState) : undefined
  }

  get secret(): string {
    return this.#secret
  }

  get last(): LoginRequestState | undefined {
    return this.#last
  }

  async read({ signal }: Abortable = {}): Promise<LoginRequestState> {
    const headers = { 'X-Request-Secret': this.#secret }
    this.#last = await call<LoginRequestState>(this.#needs, 'GET', this.#path(), { headers, signal })
    return this.#last
  }

  async *states({ signal, since = 0 }: Abortable & { since?: number } = {}): States {
    for await (const now of follow(this.#needs, { id: this.id, secret: this.#secret, since, signal })) {
      this.#last = now
      yield now
    }
  }

  async wait(options: Abortable = {}): Promise<LoginRequestState> {
    for await (const now of this.states(options)) if (now.state !== 'pending') return now
    throw new Error('a request without an end')
  }

  async redeem({ passcode, signal }: Abortable & { passcode?: string } = {}): Promise<Redeemed> {
    const now = passcode === undefined && !this.#last?.passcode ? await this.read({ signal }) : this.#last
    // A wrong passcode counts; a pending request has none yet.
    if (passcode === undefined && now?.state === 'pending')
      throw new ProblemError({ type: 'not-approved', detail: 'The login request is not approved.' }, 409)
    const body = { secret: this.#secret, passcode: passcode ?? now?.passcode ?? '' }
    return call<Redeemed>(this.#needs, 'POST', `${this.#path()}/redeem`, { body, signal })
  }

  cancel({ signal }: Abortable = {}): Promise<void> {
    return call<void>(this.#needs, 'DELETE', this.#path(), { signal })
  }

  #path(): string {
    return `/login-requests/${encodeURIComponent(this.id)}`
  }
}

// Sign-ins by OpenID Connect: authorization, what the login page asks the server for, and the code made into tokens.
import { createHash, randomBytes } from 'node:crypto'
import type { SignInView } from '../../protocol/login-api.ts'
import { Browsing } from '../support/browsing.ts'
import { PASSWORD, type Person } from './people.ts'

export const CALLBACK = 'http://localhost:4999/callback'
export type OidcClient = { clientId: string; clientSecret: string }

export class OidcLogins {
  readonly #origin: string
  readonly #client: OidcClient
  readonly #people: readonly Person[]
  #next = 0

  constructor(origin: string, client: OidcClient, people: readonly Person[]) {
    this.#origin = origin
    this.#client = client
    this.#people = people
  }

  /** @param at sign-ins under way at once */
  async run(at: number, total: number): Promise<void> {
    let left = total
    const lane = async () => {
      while (left-- > 0) await this.#login(this.#people[this.#next++ % this.#people.length] as Person)
    }
    await Promise.all(Array.from({ length: at }, lane))
  }

  async #login({ username }: Person): Promise<void> {
    const browser = new Browsing()
    const verifier = randomBytes(32).toString('base64url')
    const { url: page } = await browser.visit(this.authorization(verifier))
    const call = async (name: string, body?: object): Promise<SignInView> => {
      const headers = { 'content-type': 'application/json', origin: this.#origin }
      const sent = body ? { method: 'POST', headers, body: JSON.stringify(body) } : {}
      const answer = await browser.fetch(`${page}/api/${name}`, sent)
      if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${await answer.text()}`)
      return (await answer.json()) as SignInView
    }
    await call('state')
    await call('password', { username, password: PASSWORD })
    await call('push', { seen: null })
    const passcode = await passcodeFrom(await browser.fetch(`${page}/api/events`))
    const done = await call('redeem', { passcode })
    if (done.step !== 'signed-in') throw new Error(`the page says ${done.step}`)
    const { url } = await browser.visit(done.continueTo, CALLBACK)
    await this.#redeem(new URL(url).searchParams.get('code') ?? '', verifier)
  }

  /** Where a site sends somebody who is to sign in: the address that leads to the login page. */
  authorization(verifier: string): string {
    const asked = new URLSearchParams({
      client_id: this.#client.clientId,
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid profile email',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      state: verifier.slice(0, 8),
      nonce: verifier.slice(8, 16),
    })
    return `${this.#origin}/oidc/auth?${asked}`
  }

  async #redeem(code: string, verifier: string): Promise<void> {
    const { clientId, clientSecret } = this.#client
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: verifier,
      client_id: clientId,
      client_secret: clientSecret,
    })
    const answer = await new Browsing().fetch(`${this.#origin}/oidc/token`, { method: 'POST', body })
    const { id_token } = (await answer.json()) as { id_token?: string }
    if (!id_token) throw new Error(`no token: ${answer.status}`)
  }
}

/** Read as the page does, until the stream says what came of it. */
async function passcodeFrom(stream: Response): Promise<string> {
  const passcode = /"passcode":"(\d+)"/.exec(await stream.text())?.[1]
  if (passcode === undefined) throw new Error('the page was told no passcode')
  return passcode
}

// Sign-ins by OpenID Connect: authorization, what the login page asks the server for, and the code made into tokens.
import { createHash, randomBytes } from 'node:crypto'
import type { SignInView } from '../../protocol/login-api.ts'
import { Browsing } from '../support/browsing.ts'
import { PASSWORD, type Person } from './people.ts'

export const CALLBACK = 'http://localhost:4999/callback'
export type OidcClient = { clientId: string; clientSecret: string }

type Begun = { browser: Browsing; verifier: string; page: string; username: string }

async function inLanes<Each>(at: number, all: readonly Each[], work: (each: Each) => Promise<void>): Promise<void> {
  const left = all.values()
  const lane = async () => {
    for (const each of left) await work(each)
  }
  await Promise.all(Array.from({ length: at }, lane))
}

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
    await inLanes(at, new Array<undefined>(total).fill(undefined), async () => {
      const begun = await this.#begin()
      await this.#finish(begun, await this.#confirm(begun))
    })
  }

  /** The same in three steps, each for all of them. @param measured runs the second, which is what the login page asks for */
  async runByStep(at: number, total: number, measured: (page: () => Promise<void>) => Promise<void>): Promise<void> {
    const begun: Begun[] = []
    const done = new Map<Begun, string>()
    await inLanes(at, new Array<undefined>(total).fill(undefined), async () => void begun.push(await this.#begin()))
    await measured(() => inLanes(at, begun, async (one) => void done.set(one, await this.#confirm(one))))
    await inLanes(at, begun, (one) => this.#finish(one, done.get(one) ?? ''))
  }

  /** As far as the address of the login page. */
  async #begin(): Promise<Begun> {
    const browser = new Browsing()
    const verifier = randomBytes(32).toString('base64url')
    const { url: page } = await browser.visit(this.authorization(verifier), `${this.#origin}/login/`)
    const { username } = this.#people[this.#next++ % this.#people.length] as Person
    return { browser, verifier, page, username }
  }

  /** @returns where the page goes on */
  async #confirm({ browser, page, username }: Begun): Promise<string> {
    const call = async (name: string, body?: object): Promise<SignInView> => {
      const headers = { 'content-type': 'application/json', origin: this.#origin }
      const sent = body ? { method: 'POST', headers, body: JSON.stringify(body) } : {}
      const answer = await browser.fetch(`${page}/api/${name}`, sent)
      if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${await answer.text()}`)
      return (await answer.json()) as SignInView
    }
    await (await browser.fetch(page)).arrayBuffer()
    await call('state')
    await call('password', { username, password: PASSWORD })
    await call('push', { seen: null })
    const passcode = await passcodeFrom(await browser.fetch(`${page}/api/events`))
    const done = await call('redeem', { passcode })
    if (done.step !== 'signed-in') throw new Error(`the page says ${done.step}`)
    return done.continueTo
  }

  async #finish({ browser, verifier }: Begun, continueTo: string): Promise<void> {
    const { url } = await browser.visit(continueTo, CALLBACK)
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

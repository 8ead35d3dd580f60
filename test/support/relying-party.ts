// A web site that signs people in by OpenID Connect, with the library that most use, and the browser and the device of
// somebody who does: the login page is spoken to as its script does.
import * as client from 'openid-client'
import { addUser } from '../../server/directory/users.ts'
import { Browsing } from './browsing.ts'
import type { TestServer } from './server.ts'
import type { WireDevice, WireShown } from './wire-device.ts'

export const CALLBACK = 'https://harbour.example/callback'

export type Asked = {
  url: string
  checks: { pkceCodeVerifier: string; expectedState: string; expectedNonce: string; maxAge?: number }
}
export type Person = { username: string; password: string; device: WireDevice }

/** Somebody with a password and an enrolled device. */
export async function alice(
  server: TestServer,
  profile: { displayName?: string; email?: string } = {},
): Promise<Person> {
  const known = { username: 'alice', password: 'correct horse battery' }
  await addUser(server.running.parts, { ...known, ...profile })
  return { ...known, device: await server.device(known.username) }
}
/** What the person does at the login page, after the password. */
export type Doing = 'approve' | 'deny' | { passcode: string }

export async function relyingParty(
  server: TestServer,
  clientId: string,
  authentication: client.ClientAuth | string,
): Promise<client.Configuration> {
  const how = typeof authentication === 'string' ? client.ClientSecretPost(authentication) : authentication
  const options = { execute: [client.allowInsecureRequests] }
  return client.discovery(new URL(`${server.wire.origin}/oidc`), clientId, undefined, how, options)
}

export async function asked(config: client.Configuration, parameters: Record<string, string> = {}): Promise<Asked> {
  const verifier = client.randomPKCECodeVerifier()
  const [state, nonce] = [client.randomState(), client.randomNonce()]
  const all = {
    redirect_uri: CALLBACK,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...parameters,
  }
  const { href } = client.buildAuthorizationUrl(config, all)
  return { url: href, checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce } }
}

/** The login page, as far as a script on it speaks to the server. */
export class LoginPage {
  readonly #origin: string
  readonly browser: Browsing
  readonly page: string

  constructor(origin: string, page: string, browser: Browsing) {
    this.#origin = origin
    this.page = page
    this.browser = browser
  }

  static async open(server: TestServer, url: string, browser = new Browsing()): Promise<LoginPage> {
    const arrived = await browser.visit(url, CALLBACK)
    if (!arrived.url.startsWith(`${server.wire.origin}/login/`)) throw new Error(`no login page: ${arrived.url}`)
    return new LoginPage(server.wire.origin, arrived.url, browser)
  }

  async post(call: string, body: object) {
    const headers = { 'content-type': 'application/json', origin: this.#origin }
    const response = await this.browser.fetch(`${this.page}/api/${call}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as Record<string, never> & PageView }
  }

  async state(): Promise<PageView> {
    return (await (await this.browser.fetch(`${this.page}/api/state`)).json()) as PageView
  }

  /** @returns where the browser ends up */
  async goOn(stopAt = CALLBACK): Promise<URL> {
    const { continueTo = '' } = await this.state()
    return new URL((await this.browser.visit(continueTo, stopAt)).url)
  }
}

export type PageView = {
  step: string
  continueTo?: string
  loginHint?: string
  typedPasscodes?: boolean
  username?: string
  type?: string
  because?: string
  request?: { state: string; number: string | null; passcode?: string }
}

/** What follows the password. @returns what the device was asked */
export async function confirm(login: LoginPage, device: WireDevice, doing: 'approve' | 'deny'): Promise<WireShown>
export async function confirm(login: LoginPage, device: WireDevice, doing: Doing): Promise<WireShown | undefined>
export async function confirm(login: LoginPage, device: WireDevice, doing: Doing): Promise<WireShown | undefined> {
  if (typeof doing === 'object') {
    const { status, body } = await login.post('passcode', doing)
    if (status !== 200) throw new Error(`the passcode was refused: ${JSON.stringify(body)}`)
    return undefined
  }
  const { body: view } = await login.post('push', { seen: null })
  const [shown] = await device.requests()
  if (!shown) throw new Error(`the device was asked nothing: ${JSON.stringify(view)}`)
  await device.decide(shown, doing, view.request?.number ?? null)
  if (doing === 'approve') await login.post('redeem', { passcode: (await login.state()).request?.passcode ?? '' })
  return shown
}

/** Nobody answered what the device was asked until its time was over, which here is at once. */
export async function nobodyAnswers({ store, now }: TestServer, login: LoginPage): Promise<void> {
  await login.post('push', { seen: null })
  await store.write((tx) =>
    tx.updateTable('login_requests').set({ expires_at: now() }).where('state', '=', 'pending').execute(),
  )
}

/** From the application to the login page and back. @returns where the application was called back */
export async function signIn(
  server: TestServer,
  url: string,
  { username, password, device }: Person,
  doing: Doing = 'approve',
  stopAt?: string,
  browser?: Browsing,
): Promise<URL> {
  const login = await LoginPage.open(server, url, browser)
  await login.post('password', { username, password })
  await confirm(login, device, doing)
  return login.goOn(stopAt)
}

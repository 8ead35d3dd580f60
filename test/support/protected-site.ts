// A browser at a web site that a proxy protects: there, at the login page, and back.
import { randomBytes } from 'node:crypto'
import { addUser } from '../../server/directory/users.ts'
import type { Browsing } from './browsing.ts'
import type { TestServer } from './server.ts'
import type { Json } from './wire-call.ts'
import type { WireDevice } from './wire-device.ts'

export const PASSWORD = 'correct horse battery'

/** Somebody with a password and a device. */
export async function someone(
  server: TestServer,
  username = `alice-${randomBytes(4).toString('hex')}`,
): Promise<{ username: string; device: WireDevice }> {
  const email = 'alice@harbour.example'
  await addUser(server.running.parts, { username, password: PASSWORD, displayName: 'Alice Ångström', email })
  return { username, device: await server.device(username) }
}

/** The hosted login page in this browser. */
export class LoginPage {
  readonly #browser: Browsing
  readonly url: string

  /** @param url where the browser came to */
  constructor(browser: Browsing, url: string) {
    this.#browser = browser
    this.url = url
  }

  async post(call: string, body: unknown): Promise<Json> {
    const headers = { 'content-type': 'application/json', origin: new URL(this.url).origin }
    const sent = { method: 'POST', headers, body: JSON.stringify(body) }
    return (await (await this.#browser.fetch(`${this.url}/api/${call}`, sent)).json()) as Json
  }

  async state(): Promise<Json> {
    return (await (await this.#browser.fetch(`${this.url}/api/state`)).json()) as Json
  }

  /** Password and passcode. @returns where the page goes on */
  async type({ username, device }: { username: string; device: WireDevice }): Promise<string> {
    await this.post('password', { username, password: PASSWORD })
    return String((await this.post('passcode', { passcode: device.passcode() })).continueTo)
  }

  /** Password, 'use my mobile', and what the person does there. @returns what the page shows then */
  async push(
    { username, device }: { username: string; device: WireDevice },
    verdict: 'approve' | 'deny',
  ): Promise<Json> {
    await this.post('password', { username, password: PASSWORD })
    const { request } = (await this.post('push', { seen: null })) as { request: { number: string | null } }
    const [shown] = await device.requests()
    if (!shown) throw new Error('the device was asked nothing')
    const decided = await device.decide(shown, verdict, verdict === 'approve' ? request.number : null)
    if (decided.status !== 200) throw new Error(`not decided: ${decided.text}`)
    const view = (await this.state()) as { request?: { passcode?: string } } & Json
    return verdict === 'approve' ? this.post('redeem', { passcode: view.request?.passcode }) : view
  }
}

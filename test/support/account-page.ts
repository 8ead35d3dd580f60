// People at /account, and a server for all tests of a `describe`.
import { expect } from 'vitest'
import { addUser } from '../../server/directory/users.ts'
import { Browsing } from './browsing.ts'
import type { Engine } from './engines.ts'
import { GENEROUS, limits } from './server.ts'
import type { Json } from './wire-call.ts'
import type { WireDevice } from './wire-device.ts'
import { wireHouse } from './wire-house.ts'

export const PASSWORD = 'correct horse battery'
/** Milliseconds after which another passcode is due. */
export const STEP = 30_000
let people = 0

/** /account in a browser of its own. */
export class AccountPage {
  readonly browser = new Browsing()
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  async send(path: string, body?: unknown, { method = 'POST', from = this.#origin } = {}) {
    const own = { 'content-type': 'application/json', origin: from }
    const sent = body === undefined ? {} : { method, headers: own, body: JSON.stringify(body) }
    const response = await this.browser.fetch(this.#origin + path, sent)
    const text = await response.text()
    const json = text.startsWith('{') ? (JSON.parse(text) as Json) : {}
    const slug = response.ok ? '' : ` ${String(json.type).replace('urn:countersign:problem:', '')}`
    return { said: `${response.status}${slug}`, body: json }
  }
  async get<Answer>(path: string): Promise<Answer> {
    return (await this.send(path)).body as Answer
  }
  /** The password, and whatever `second` does. */
  async signIn(username: string, second: (at: string) => Promise<{ said: string; body: Json }>, password = PASSWORD) {
    const { body } = await this.send('/account/api/begin', {})
    const at = `${String(body.continueTo)}/api`
    await this.send(`${at}/password`, { username, password })
    const done = await second(at)
    if (done.body.step === 'signed-in')
      await this.browser.visit(String(done.body.continueTo), `${this.#origin}/account`)
    return done.said
  }
}

/** Registers its own start and end. */
export function accountHouse(engine: Engine) {
  const changed = { signInsPerAddress: { count: 10_000 }, requestsPerUser: { count: 100_000 } }
  const house = wireHouse(engine, { env: { ...GENEROUS, ...limits(changed), COUNTERSIGN_SMTP: 'smtp://127.0.0.1:1' } })
  const originOf = () => `http://localhost:${house.server.wire.port}`
  const newPage = () => new AccountPage(originOf())

  async function someone() {
    const username = `erin-${++people}`
    await addUser(house.server.running.parts, { username, password: PASSWORD })
    const device = await house.server.device(username)
    await house.clock.advance(2 * STEP)
    return { username, device }
  }

  const byPasscode = (page: AccountPage, device: WireDevice) => (at: string) =>
    page.send(`${at}/passcode`, { passcode: device.passcode() })

  async function signedIn() {
    const person = await someone()
    const page = newPage()
    expect(await page.signIn(person.username, byPasscode(page, person.device))).toBe('200')
    return { ...person, page }
  }

  /** @returns what the device was asked, too */
  const byPush =
    (page: AccountPage, device: WireDevice, shown: object = {}) =>
    async (at: string) => {
      const { number } = (await page.send(`${at}/push`, { seen: null })).body.request as { number: string | null }
      const [request] = await device.requests()
      if (!request) throw new Error('nothing was asked')
      Object.assign(shown, request)
      await device.decide(request, 'approve', number)
      const { request: seen } = (await page.send(`${at}/state`)).body as { request: { passcode: string } }
      return page.send(`${at}/redeem`, { passcode: seen.passcode })
    }

  /** A page at which a device has confirmed a moment ago whose it is. */
  async function confirmed({ username, device }: { username: string; device: WireDevice }) {
    await house.clock.advance(1000)
    const page = newPage()
    expect(await page.signIn(username, byPush(page, device))).toBe('200')
    return page
  }

  /** A page at which a passcode of theirs was typed. */
  async function typed({ username, device }: { username: string; device: WireDevice }) {
    await house.clock.advance(2 * STEP)
    const page = newPage()
    expect(await page.signIn(username, byPasscode(page, device))).toBe('200')
    return page
  }

  return { house, originOf, newPage, someone, signedIn, confirmed, typed, byPasscode, byPush }
}

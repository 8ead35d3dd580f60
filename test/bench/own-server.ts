// A server of the bench's own with a push service beside it, each in a process of its own: what the house is measured beside.
import { generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SubscriptionJson } from '../support/push-subscriptions.ts'
import { LoginLoad } from './logins.ts'
import type { Person } from './people.ts'
import { processorSeconds, start } from './processes.ts'
import type { FromPush, ToPush } from './push-main.ts'
import type { Size } from './whole-logins.ts'

export type OwnPerson = Person & { publicKey: JsonWebKey; subscription: SubscriptionJson }
export type ToOwn = { people: OwnPerson[] } | { count: true }
export type FromOwn = { ready: string; vapidKey: string; apiKey: string } | { taken: true } | { whole: number }

type Own = ReturnType<typeof start<ToOwn, FromOwn>>
type Push = ReturnType<typeof start<ToPush, FromPush>>

export class OwnServer {
  readonly load: LoginLoad
  readonly #server: Own
  readonly #push: Push
  readonly #folder: string

  private constructor(load: LoginLoad, server: Own, push: Push, folder: string) {
    this.load = load
    this.#server = server
    this.#push = push
    this.#folder = folder
  }

  /** @param inMemory absent: what it keeps is in a file that `BENCH_STORE` names */
  static async open(main: string, { people: count, lanes }: Size, { inMemory = false } = {}): Promise<OwnServer> {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-beside-'))
    const push: Push = start('push-main.ts')
    const { caPath } = (await push.next()) as { caPath: string }
    const env = { BENCH_STORE: inMemory ? '' : join(folder, 'store.db'), NODE_EXTRA_CA_CERTS: caPath }
    const server: Own = start(main, env)
    const { ready, vapidKey, apiKey } = (await server.next()) as Extract<FromOwn, { ready: string }>
    push.send({ subscribe: count, vapidKey })
    const { subscriptions } = (await push.next()) as Extract<FromPush, { subscriptions: unknown }>
    const people = subscriptions.map((subscription, nth) => personWith(subscription, nth))
    server.send({ people })
    await server.next()
    const load = new LoginLoad(ready, apiKey, people, lanes)
    push.onMessage((message) => {
      if ('pushes' in message) for (const plaintext of message.pushes) load.push(plaintext)
    })
    return new OwnServer(load, server, push, folder)
  }

  /** Seconds of processor time that the server has used. */
  used(): number {
    return processorSeconds(this.#server.pid)
  }

  /** @throws where a login was not what it seemed */
  async allWhole(): Promise<void> {
    this.#server.send({ count: true })
    const { whole } = (await this.#server.next()) as { whole: number }
    if (whole !== this.load.done) throw new Error(`${whole} of ${this.load.done} logins were whole`)
  }

  async close(): Promise<void> {
    await this.load.close()
    this.#push.stop()
    this.#server.stop()
    await this.#server.ended
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function personWith(subscription: SubscriptionJson, nth: number): OwnPerson {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    username: `person-${nth}`,
    device: `dev_${nth}`,
    token: `tok_${nth}`,
    signingKey: privateKey.export({ format: 'jwk' }),
    publicKey: publicKey.export({ format: 'jwk' }),
    ocraKey: randomBytes(32).toString('base64url'),
    subscription,
  }
}

// The house beside the plain way to do the same, in turns, with the same clients and the same push service.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figure, median } from './figures.ts'
import { House } from './house.ts'
import { LoginLoad } from './logins.ts'
import type { FromPlain, PlainPerson, ToPlain } from './plain-main.ts'
import { processorSeconds, start } from './processes.ts'
import type { FromPush, ToPush } from './push-main.ts'
import type { Size } from './whole-logins.ts'

type Side = { load: LoginLoad; used: () => number; costs: number[] }

export async function plainWay(size: Size): Promise<Figure[]> {
  const plain = await PlainWay.open(size)
  const house = await House.open()
  const ours: Side = {
    load: house.load(await house.people(size.people), size.lanes),
    used: () => house.used(),
    costs: [],
  }
  try {
    for (const { load } of [ours, plain.side]) await load.run(size.lanes, size.logins)
    for (let round = 0; round < size.rounds; round++) for (const side of [plain.side, ours]) await measure(side, size)
    await plain.allWhole()
    const [theirs, cost] = [median(plain.side.costs), median(ours.costs)]
    return [
      {
        name: 'logins per second of the server’s processor time, beside the plain way',
        value: theirs / cost,
        unit: '×',
        note: `${cost.toFixed(0)} µs beside ${theirs.toFixed(0)} µs`,
      },
    ]
  } finally {
    await ours.load.close()
    await house.close()
    await plain.close()
  }
}

async function measure({ load, used, costs }: Side, { lanes, logins }: Size): Promise<void> {
  const before = used()
  await load.run(lanes, logins)
  costs.push((1e6 * (used() - before)) / logins)
}

class PlainWay {
  readonly side: Side
  readonly #server
  readonly #push
  readonly #folder: string

  private constructor(side: Side, server: Plain, push: Push, folder: string) {
    this.side = side
    this.#server = server
    this.#push = push
    this.#folder = folder
  }

  static async open({ people: count, lanes }: Size): Promise<PlainWay> {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-plain-'))
    const push: Push = start('push-main.ts')
    const { caPath } = (await push.next()) as { caPath: string }
    const env = { PLAIN_STORE: join(folder, 'plain.db'), NODE_EXTRA_CA_CERTS: caPath }
    const server: Plain = start('plain-main.ts', env)
    const { ready, vapidKey, apiKey } = (await server.next()) as Extract<FromPlain, { ready: string }>
    push.send({ subscribe: count, vapidKey })
    const { subscriptions } = (await push.next()) as Extract<FromPush, { subscriptions: unknown }>
    const people = subscriptions.map((subscription, nth) => personWith(subscription, nth))
    server.send({ people })
    await server.next()
    const load = new LoginLoad(ready, apiKey, people, lanes)
    push.onMessage((message) => {
      if ('pushes' in message) for (const plaintext of message.pushes) load.push(plaintext)
    })
    return new PlainWay({ load, used: () => processorSeconds(server.pid), costs: [] }, server, push, folder)
  }

  /** @throws where a login was not what it seemed */
  async allWhole(): Promise<void> {
    this.#server.send({ count: true })
    const { whole } = (await this.#server.next()) as { whole: number }
    if (whole !== this.side.load.done) throw new Error(`${whole} of ${this.side.load.done} logins were whole`)
  }

  async close(): Promise<void> {
    await this.side.load.close()
    this.#push.stop()
    this.#server.stop()
    await this.#server.ended
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

type Plain = ReturnType<typeof start<ToPlain, FromPlain>>
type Push = ReturnType<typeof start<ToPush, FromPush>>

function personWith(subscription: PlainPerson['subscription'], nth: number): PlainPerson {
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

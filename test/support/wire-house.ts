// One server for all tests of a `describe`, each of which has people of its own.
import { afterAll, beforeAll } from 'vitest'
import type { TokenPolicy } from '../../protocol/login-request.ts'
import { ManualClock } from './clock.ts'
import type { Engine } from './engines.ts'
import { type ServerOptions, startServer, type TestServer } from './server.ts'
import type { WireApplication, WireCreated } from './wire-application.ts'
import type { Json } from './wire-call.ts'
import type { WireDevice, WireShown } from './wire-device.ts'

/** A pending request, as both sides have it. */
export type Asked = { username: string; device: WireDevice; created: WireCreated; shown: WireShown }

export interface WireHouse {
  readonly server: TestServer
  readonly application: WireApplication & { id: string }
  readonly clock: ManualClock
  /** Somebody with an enrolled device. */
  person(policy?: Partial<TokenPolicy>): Promise<{ username: string; device: WireDevice }>
  /** Somebody new who is being asked. */
  asked(policy?: Partial<TokenPolicy>, more?: Json): Promise<Asked>
  /** One more question to somebody. */
  ask(of: { username: string; device: WireDevice }, more?: Json): Promise<Asked>
  /** An approved request and the passcode that reached the page. */
  approved(of?: Asked): Promise<Asked & { passcode: string }>
}

/**
 * Registers its own start and end; time stands still until a test moves it.
 * @param options may be worked out when the server starts
 */
export function wireHouse(
  engine: Engine,
  options: ServerOptions | ((clock: ManualClock) => Promise<ServerOptions>) = {},
): WireHouse {
  const clock = new ManualClock()
  let server: TestServer
  let application: WireApplication & { id: string }
  beforeAll(async () => {
    const worked = typeof options === 'function' ? await options(clock) : options
    server = await startServer(engine, { clock, ...worked })
    application = await server.application()
  })
  afterAll(() => server.close())

  const house: WireHouse = {
    get server() {
      return server
    },
    get application() {
      return application
    },
    clock,
    async person(policy) {
      const username = await server.user()
      return { username, device: await server.device(username, policy) }
    },
    async asked(policy, more) {
      return house.ask(await house.person(policy), more)
    },
    async ask({ username, device }, more) {
      const created = await application.ask(username, more)
      const { body: shown } = await device.request(created.id)
      return { username, device, created, shown }
    },
    async approved(given) {
      const asked = given ?? (await house.asked())
      const { device, shown, created } = asked
      const decided = await device.decide(shown, 'approve', created.number)
      if (decided.status !== 200) throw new Error(`not approved: ${decided.text}`)
      const { body } = await application.read(created.id, { secret: created.secret })
      return { ...asked, passcode: body.passcode ?? '' }
    },
  }
  return house
}

// RADIUS over real datagrams: gateways that ask, and people whose devices answer.
import { expect } from 'vitest'
import type { ApplicationId, UserId } from '../../protocol/ids.ts'
import { addUser } from '../../server/directory/users.ts'
import { setPolicy } from '../../server/policy/stored.ts'
import { addClient } from '../../server/radius/clients.ts'
import type { Engine } from './engines.ts'
import { CALLING_STATION, messageOf, type RadiusAnswer, RadiusClient } from './radius-client.ts'
import { limits } from './server.ts'
import type { WireDevice } from './wire-device.ts'
import { wireHouse } from './wire-house.ts'

export const PASSWORD = 'correct horse'
export const WRONG = 'User name or password is wrong.'
/** Where somebody asks from, as the gateway says. */
export const FROM = { type: CALLING_STATION, value: '203.0.113.7' }
export const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const

/** The device's question, as soon as it is there. */
export async function shownTo(device: WireDevice) {
  await expect.poll(async () => (await device.requests())[0]).toBeDefined()
  const [shown] = await device.requests()
  if (!shown) throw new Error('nothing is asked')
  return shown
}

export const presses = async (device: WireDevice, verdict: 'approve' | 'deny', number: string | null = null) =>
  expect((await device.decide(await shownTo(device), verdict, number)).status).toBe(200)

/** What is to be typed on the device, or ''. */
export const numberIn = (asked: RadiusAnswer) => /^Type (\d+) on your device/.exec(messageOf(asked))?.[1] ?? ''

/** Registers its own start and end. */
export function radiusGateways(engine: Engine, more: Parameters<typeof limits>[0] = {}) {
  const env = {
    COUNTERSIGN_RADIUS: 'udp://127.0.0.1:0',
    ...limits({ signInsPerAddress: { count: 10_000 }, ...more }),
  }
  const house = wireHouse(engine, { env })
  const parts = () => house.server.running.parts
  const port = () => house.server.running.radius.udp?.port ?? 0
  let networks = 0
  let people = 0

  return {
    house,
    parts,
    port,

    /** One of an address and an application of its own. */
    async gateway(
      more: Partial<Parameters<typeof addClient>[1]> = {},
      policy?: Parameters<typeof setPolicy>[1]['policy'],
    ) {
      const { id } = await house.server.application('VPN')
      const address = `127.0.0.${++networks + 10}`
      const asked = { certificate: '', challenges: false, groups: 'none', messageAuthenticator: true, ...more }
      const added = await addClient(parts(), { id: id as ApplicationId, network: address, ...asked }, BY)
      if (policy) await setPolicy(parts(), { scope: id as ApplicationId, policy, version: 0 }, BY)
      const again = () => RadiusClient.open(port(), added.secret, address)
      return Object.assign(await again(), { id: added.id, application: id as ApplicationId, address, again })
    },

    async person(policy = {}, username = `anna-${++people}`) {
      const { id } = await addUser(parts(), { username, password: PASSWORD })
      return { id, username, device: await house.server.device(username, { numberMatching: false, ...policy }) }
    },

    /** The one after that which activated the token. */
    codeOf: (device: WireDevice) => device.passcode(device.token, house.clock.now() + 30_000),

    /** What the audit log has of somebody, oldest first: kind and detail. */
    async auditOf(user: UserId) {
      const of = parts().store.read.selectFrom('audit').selectAll().where('user_id', '=', user)
      return (await of.orderBy('seq').execute()).map(({ kind, detail }) => [kind, JSON.parse(detail)])
    },
  }
}

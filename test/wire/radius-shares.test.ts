// What a RADIUS client may send is counted across the servers of one store: a flood gains nothing by going to another.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApplicationId } from '../../protocol/ids.ts'
import { addClient } from '../../server/radius/clients.ts'
import { ManualClock } from '../support/clock.ts'
import { RadiusClient, radiusRequest } from '../support/radius-client.ts'
import { type House, limits, newHouse, startServer, type TestServer } from '../support/server.ts'

const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const
const SHARE = 20
/** Each server lets through a tenth without asking. */
const UNASKED = 2
const ENV = { COUNTERSIGN_RADIUS: 'udp://127.0.0.1:0', ...limits({ radiusPerClient: { count: SHARE } }) }

describe('two servers on one PostgreSQL', () => {
  const clock = new ManualClock()
  let house: House
  let servers: TestServer[] = []
  beforeAll(async () => {
    house = await newHouse('postgres')
    servers = [
      await startServer('postgres', { house, clock, env: ENV }),
      await startServer('postgres', { house, clock, env: ENV }),
    ]
  })
  afterAll(async () => {
    for (const server of servers) await server.close()
    await house.remove()
  })

  /** A gateway that asks both. */
  async function gateway(address: string) {
    const [server] = servers as [TestServer]
    const { id } = await server.application('VPN')
    const usual = { certificate: '', challenges: false, groups: 'none', messageAuthenticator: true }
    const added = await addClient(server.running.parts, { id: id as ApplicationId, network: address, ...usual }, BY)
    const at = servers.map(({ running }) => RadiusClient.open(running.radius.udp?.port ?? 0, added.secret, address))
    return { id: added.id, at: (await Promise.all(at)) as [RadiusClient, RadiusClient] }
  }
  async function asks(client: RadiusClient, times: number) {
    for (let n = 0; n < times; n++) await client.exchange(radiusRequest({ secret: client.secret, code: 12 }))
  }

  it('let one client through as often as one server would, but for the tenth that the second lets through unasked', async () => {
    const [flooding, vpn] = [await gateway('127.0.0.66'), await gateway('127.0.0.67')]
    const [here, there] = flooding.at
    await asks(here, SHARE)
    await asks(there, UNASKED)
    const isTurnedAway = ({ lines }: TestServer) =>
      lines.some((line) => line.includes('"kind":"flood"') && line.includes(flooding.id))
    for (const [nth, client] of flooding.at.entries()) {
      client.send(radiusRequest({ secret: client.secret, code: 12 }))
      await expect.poll(() => isTurnedAway(servers[nth] as TestServer), { timeout: 10_000 }).toBe(true)
    }
    expect([here.received.length, there.received.length]).toEqual([SHARE, UNASKED])
    for (const client of vpn.at) await asks(client, 1)
    await clock.jump(60_000)
    await asks(here, UNASKED)
    for (const client of [...flooding.at, ...vpn.at]) await client[Symbol.asyncDispose]()
  })
})

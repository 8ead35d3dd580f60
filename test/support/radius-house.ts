// A server that answers RADIUS, somebody with a password and a device, and a folder for the programs in front of it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import type { ApplicationId } from '../../protocol/ids.ts'
import { addUser } from '../../server/directory/users.ts'
import { setPolicy } from '../../server/policy/stored.ts'
import { addClient } from '../../server/radius/clients.ts'
import { inGroups } from './in-groups.ts'
import { type Certificates, radsecCertificates } from './radsec-certificates.ts'
import { limits } from './server.ts'
import type { WireDevice } from './wire-device.ts'
import { wireHouse } from './wire-house.ts'

export const PASSWORD = 'correct horse'
export const SERVER_NAME = 'login.harbour.example'
export const GATEWAY_NAME = 'vpn.harbour.example'

const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const

/** @param isRadSec whether it answers RadSec as well @param host the address it listens at, at any port or this one */
export function radiusHouse(isRadSec = false, host = '127.0.0.1:0') {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-door-'))
  const certificates: Certificates | undefined = isRadSec
    ? radsecCertificates(folder, [SERVER_NAME, GATEWAY_NAME])
    : undefined
  const house = wireHouse('sqlite', {
    env: {
      COUNTERSIGN_RADIUS: `udp://${host}`,
      COUNTERSIGN_METRICS: '127.0.0.1:0',
      ...(certificates && {
        COUNTERSIGN_RADSEC: 'tls://127.0.0.1:0',
        COUNTERSIGN_RADSEC_CERT: certificates.cert(SERVER_NAME),
        COUNTERSIGN_RADSEC_KEY: certificates.key(SERVER_NAME),
        COUNTERSIGN_RADSEC_CA: certificates.ca,
      }),
      ...limits({ signInsPerAddress: { count: 10_000 } }),
    },
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const parts = () => house.server.running.parts
  return {
    folder,
    certificates,
    clock: house.clock,
    udpPort: () => house.server.running.radius.udp?.port ?? 0,
    radsecPort: () => house.server.running.radius.radsec?.port ?? 0,

    /** How many RadSec connections came to this. */
    async counted(outcome: string): Promise<number> {
      const text = (await parts().meters?.text()) ?? ''
      return Number(
        new RegExp(`^countersign_radsec_connections_total{outcome="${outcome}"} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
      )
    },

    /** @returns the secret */
    async client(more: Partial<Parameters<typeof addClient>[1]> = {}): Promise<string> {
      const { id } = await house.server.application('VPN')
      const usual = {
        network: '127.0.0.1',
        certificate: '',
        challenges: false,
        groups: 'none',
        messageAuthenticator: true,
      }
      const { secret } = await addClient(parts(), { id: id as ApplicationId, ...usual, ...more }, BY)
      return secret
    },

    async person(username: string, policy = {}): Promise<WireDevice> {
      await addUser(parts(), { username, password: PASSWORD })
      return house.server.device(username, { numberMatching: false, ...policy })
    },

    inGroups: (username: string, names: readonly string[]) => inGroups(house.server, username, names),

    /** What holds for everybody from now on. */
    policy: (policy: Parameters<typeof setPolicy>[1]['policy']) =>
      setPolicy(parts(), { scope: 'organisation', policy, version: 0 }, BY),

    /** A passcode that was not typed yet. */
    async passcode(device: WireDevice): Promise<string> {
      await house.clock.advance(60_000)
      return device.passcode()
    },

    /** What the device is asked, as soon as it is. */
    async shownTo(device: WireDevice) {
      await expect.poll(() => device.requests()).toHaveLength(1)
      const [shown] = await device.requests()
      if (!shown) throw new Error('nothing is asked')
      return shown
    },

    async presses(device: WireDevice, verdict: 'approve' | 'deny', number: string | null = null) {
      const shown = await this.shownTo(device)
      expect((await device.decide(shown, verdict, number)).status).toBe(200)
    },

    /** Nobody touches the device until the request is over. */
    async nobodyAnswers(device: WireDevice) {
      await this.shownTo(device)
      await house.clock.advance(61_000)
    },
  }
}

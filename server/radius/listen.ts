// The RADIUS door as a whole: open where the configuration says so.
import type { Config } from '../config.ts'
import { notListening } from '../not-listening.ts'
import { Door, type DoorNeeds } from './door.ts'
import { listenRadSec } from './radsec.ts'
import { type Listening, listenUdp } from './udp.ts'

export type RadiusListening = { udp: Listening | undefined; radsec: Listening | undefined; close(): Promise<void> }

/** @throws {Problem} unavailable where a port can't be had, or a certificate can't be used */
export async function listenRadius(
  needs: DoorNeeds,
  { radius, radsec }: Pick<Config, 'radius' | 'radsec'>,
): Promise<RadiusListening> {
  const door = new Door(needs)
  const udp = radius && (await listenUdp(radius, door).catch(notListening('COUNTERSIGN_RADIUS', radius.host)))
  try {
    const tls =
      radsec &&
      (await listenRadSec(radsec, { door, ...needs }).catch(notListening('COUNTERSIGN_RADSEC', radsec.url.host)))
    return { udp, radsec: tls, close: () => close(door, udp, tls) }
  } catch (error) {
    await udp?.close()
    throw error
  }
}

async function close(door: Door, ...listening: (Listening | undefined)[]): Promise<void> {
  await Promise.all(listening.map((one) => one?.close()))
  await door.idle()
}

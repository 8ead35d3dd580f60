// The RADIUS door as a whole: open where the configuration says so.
import { Problem } from '../../protocol/problems.ts'
import type { Config } from '../config.ts'
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
  const udp = radius && (await listenUdp(radius, door).catch(refusal('COUNTERSIGN_RADIUS', radius)))
  try {
    const tls =
      radsec && (await listenRadSec(radsec, { door, ...needs }).catch(refusal('COUNTERSIGN_RADSEC', radsec.url)))
    return { udp, radsec: tls, close: () => close(door, udp, tls) }
  } catch (error) {
    await udp?.close()
    throw error
  }
}

const WHY: Record<string, string> = {
  EADDRINUSE: 'it is taken on this machine. Stop what uses it, or name another port',
  EADDRNOTAVAIL: 'it is no address of this machine',
  EACCES: 'this user may not listen there. Name a port above 1023',
}

function refusal(name: string, { host }: URL) {
  return (error: NodeJS.ErrnoException): never => {
    throw new Problem('unavailable', { detail: `${name} can’t listen at ${host}: ${whyNotListening(error)}.` })
  }
}

/** Without a full stop. */
export function whyNotListening({ code, message }: NodeJS.ErrnoException): string {
  if (code?.startsWith('ERR_OSSL')) return `its certificate, key or authority can’t be used (${message})`
  return WHY[code ?? ''] ?? message
}

async function close(door: Door, ...listening: (Listening | undefined)[]): Promise<void> {
  await Promise.all(listening.map((one) => one?.close()))
  await door.idle()
}

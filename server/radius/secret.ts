// The secret that a RADIUS client shares with this server.
import { base64url } from '../../protocol/encoding.ts'
import type { RandomBytes } from '../../protocol/ids.ts'

const BYTES = 24

/** 192 bits as text. None begins with a dash: programs that are given it as an argument would take it for an option. */
export function newSecret(random: RandomBytes): string {
  return base64url(random(BYTES)).replace(/^-/, 'x')
}

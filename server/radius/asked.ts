// Who is asking, read from an Access-Request.
import { usernameKey } from '../../protocol/text.ts'
import { digest } from '../store/digest.ts'
import { all, callingAddress, only, plainOf, TYPE, textOf } from './attributes.ts'
import { revealPassword } from './authenticity.ts'
import type { RadiusClient } from './client-book.ts'
import type { Packet } from './packet.ts'

export type Access = {
  client: RadiusClient
  username: string
  /** the one field there is, as it was typed */
  typed: string
  /** of the person, where the client says it */
  address: string | undefined
  /** what the device shows they sign in to */
  resource: string | undefined
  /** from an Access-Challenge of ours */
  state: string | undefined
  /**
   * the same for the same person, password, client and place: whoever gave up and tries again; undefined where the
   * client says nothing of the place, and anybody who knows the password would be the same
   */
  same: string | undefined
  /** the same for these very bytes; undefined where they can't have been recorded: by TLS, or as an answer to a State */
  heard: string | undefined
}

const RESOURCE_LENGTH = 128

/**
 * @param salt this process's own: what is kept of a password is of no use elsewhere
 * @returns `eap` or `pap-only` for other ways to authenticate; undefined for what is no question
 */
export function readAccess(
  client: RadiusClient,
  packet: Packet,
  { secret, salt, isTls }: { secret: Buffer; salt: string; isTls: boolean },
): Access | 'eap' | 'pap-only' | undefined {
  if (all(packet, TYPE.eapMessage).length > 0) return 'eap'
  const [name, hidden] = [only(packet, TYPE.userName), only(packet, TYPE.userPassword)]
  if (!hidden) return all(packet, TYPE.userPassword).length === 0 ? 'pap-only' : undefined
  const password = revealPassword(hidden, packet.authenticator, secret)
  if (!name || !password) return undefined
  const username = textOf(name)
  const typed = textOf(password)
  const state = only(packet, TYPE.state)
  const address = callingAddress(packet)
  const resource = plainOf(packet, TYPE.nasIdentifier, RESOURCE_LENGTH)
  const from = placeOf(packet)
  const same = from && digest(JSON.stringify([salt, client.row.id, usernameKey(username), typed, from, resource ?? '']))
  const isOpen = !isTls && state === undefined
  const bytes = [packet.authenticator, hidden].map((part) => part.toString('base64url'))
  const heard = isOpen ? digest(JSON.stringify(['radius', client.row.id, ...bytes])) : undefined
  return { client, username, typed, address, resource, state: state?.toString('latin1'), same, heard }
}

/**
 * From where, or of which session at the client (RFC 2866 §5.5: the same in everything that is of one). Ports are not
 * asked for: many clients have one for everybody, as they have one socket.
 */
function placeOf(packet: Packet): string[] | undefined {
  for (const type of [TYPE.callingStationId, TYPE.acctSessionId]) {
    const value = only(packet, type)
    if (value && value.length > 0) return [String(type), value.toString('base64url')]
  }
  return undefined
}

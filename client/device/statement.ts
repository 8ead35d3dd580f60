// What a person decides, bound to what they saw, and signed (protocol §6).
import { bindingDigest } from '../../protocol/binding.ts'
import { type Statement, signDecision } from '../../protocol/decision.ts'
import type { DeviceRequest } from '../../protocol/device-api.ts'
import { fromBase64url } from '../../protocol/encoding.ts'
import { parseJws } from '../../protocol/jws.ts'
import { pushPasscode } from '../../protocol/ocra.ts'
import { hmacBy } from '../../protocol/web-crypto.ts'
import { newJti } from './call.ts'
import type { Device } from './device.ts'
import { StorageError } from './errors.ts'
import type { Identity, UsableKeys } from './schema.ts'

export type Decision =
  /** number: the typed digits, where the request has a number; keys: plain, or just unsealed */
  { verdict: 'approve'; number: string | null; keys: UsableKeys } | { verdict: 'deny' } | { verdict: 'report' }

type Signing = Pick<Device, 'store' | 'clock' | 'random' | 'origin'>

/** SHA-256 of the binding. The request goes in as it came, members of its context that we do not know included. */
export function decisionDigest(request: DeviceRequest, decision: Decision): Promise<Uint8Array> {
  const { purpose, id, nonce, token, username, application, context } = request
  const number = decision.verdict === 'approve' && request.number ? decision.number : null
  return bindingDigest({ purpose, request: id, nonce, token, username, application, context, number })
}

export async function signedDecision(needs: Signing, request: DeviceRequest, decision: Decision): Promise<string> {
  const binding = await decisionDigest(request, decision)
  const passcode = decision.verdict === 'approve' ? await pushPasscode(hmacBy(decision.keys.ocra), binding) : undefined
  return sign(needs, {
    aud: needs.origin,
    ...freshness(needs),
    request: request.id,
    token: request.token,
    verdict: decision.verdict,
    binding,
    ...(passcode !== undefined && { passcode }),
  })
}

/**
 * The same decision under a new time and id. Only for one that the server refused for its time alone: it looks for a
 * known `jti` before it looks at the time, so it has never taken this one.
 */
export async function signedAgain(needs: Signing, jws: string): Promise<string> {
  const payload = parseJws(jws)?.payload
  if (!payload) throw new TypeError('a kept decision is always a JWS')
  const said = payload as Omit<Statement, 'binding'> & { binding: string }
  return sign(needs, { ...said, ...freshness(needs), binding: fromBase64url(said.binding) })
}

function freshness({ clock, random }: Signing) {
  return { iat: Math.floor(clock.now() / 1000), jti: newJti(random) }
}

async function sign({ store }: Signing, said: Statement): Promise<string> {
  const identity: Identity | undefined = await store.get('identity', 'current')
  if (!identity) throw new StorageError('evicted')
  return signDecision(identity.signing.privateKey, identity.device, said)
}

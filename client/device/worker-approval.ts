// Whether one press on a notification may approve, with the app never opening.
import type { DeviceRequest } from '../../protocol/device-api.ts'
import { usernameKey } from '../../protocol/text.ts'
import type { PlainKeys, StoredToken } from './schema.ts'

type Approvable = StoredToken & { keys: PlainKeys }

/**
 * The request and the token kept on this device must both say so: neither a request that was tampered with on its way
 * nor a stale token can alone do away with what its person has to do.
 * @param caution as `callsForCaution` says
 */
export function mayApproveInWorker(
  request: DeviceRequest,
  token: StoredToken | undefined,
  caution: boolean,
): token is Approvable {
  return !caution && token !== undefined && requestAllows(request) && tokenAllows(token) && isFor(request, token)
}

function requestAllows({ approval, unlock, number }: DeviceRequest): boolean {
  return approval === 'enhanced' && unlock === 'none' && number === null
}

function tokenAllows({ policy, state, keys }: StoredToken): boolean {
  return (
    policy.approval === 'enhanced' &&
    policy.unlock === 'none' &&
    !policy.numberMatching &&
    state === 'active' &&
    keys.kind === 'plain'
  )
}

function isFor(request: DeviceRequest, token: StoredToken): boolean {
  return request.token === token.id && usernameKey(request.username) === usernameKey(token.username)
}

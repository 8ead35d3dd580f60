// So much of the OpenID door for each address. Attack stopped: a stranger who begins sign-ins that nobody means, each a
// row in the store, or who tries secrets and codes as fast as the network carries them.
import type { Limits } from '../../protocol/limits.ts'
import type { Clock } from '../clock.ts'
import type { AddressOf } from '../http/client-address.ts'
import type { Call, Middleware } from '../http/env.ts'
import { countedAddress } from '../throttling/address.ts'
import { allowance } from '../throttling/allowance.ts'
import { errorPage } from './error-page.ts'

export type ShareNeeds = {
  clock: Clock
  addressOf: AddressOf
  limits: Pick<Limits, 'authorizationsPerAddress' | 'oidcCallsPerAddress'>
}

/** As the provider reads its paths. */
const BEGINNING = /\/(auth|reg)\/*$/i
const IS_PAGE = /\/auth\/*$/i

export function fairShare({ clock, addressOf, limits }: ShareNeeds): Middleware {
  const beginnings = allowance(clock, limits.authorizationsPerAddress)
  const calls = allowance(clock, limits.oidcCallsPerAddress)
  return async (c, next) => {
    const share = BEGINNING.test(c.req.path) ? beginnings : calls
    return share.take(countedAddress(addressOf(c))) ? next() : tooMany(c)
  }
}

/** The word is RFC 6749's (§4.1.2.1), the status what it would be if there were no such word. */
function tooMany(c: Call): Response {
  const [error, description] = ['temporarily_unavailable', 'too many calls from this address']
  c.header('Retry-After', '1')
  if (IS_PAGE.test(c.req.path)) return c.html(errorPage(error, description), 429)
  return c.json({ error, error_description: description }, 429)
}

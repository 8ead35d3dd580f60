// So much of the OpenID door for each address. Attack stopped: a stranger who begins sign-ins that nobody means, each a
// row in the store, or who tries secrets and codes as fast as the network carries them.
import type { Limits } from '../../protocol/limits.ts'
import type { Clock } from '../clock.ts'
import type { AddressOf } from '../http/client-address.ts'
import type { Call, Middleware } from '../http/env.ts'
import type { Store } from '../store/store.ts'
import { countedAddress } from '../throttling/address.ts'
import { share } from '../throttling/share.ts'
import { errorPage } from './error-page.ts'

export type ShareNeeds = {
  store: Store
  clock: Clock
  addressOf: AddressOf
  limits: Pick<Limits, 'authorizationsPerAddress' | 'oidcCallsPerAddress'>
}

/** As the provider reads its paths. */
const BEGINNING = /\/(auth|reg)\/*$/i
const IS_PAGE = /\/auth\/*$/i

export function fairShare(needs: ShareNeeds): Middleware {
  const { addressOf, limits } = needs
  const beginnings = share(needs, 'oidc-begun', limits.authorizationsPerAddress)
  const framed = share(needs, 'oidc-framed', limits.authorizationsPerAddress)
  const calls = share(needs, 'oidc-calls', limits.oidcCallsPerAddress)
  const theirs = (c: Call) => {
    if (!BEGINNING.test(c.req.path)) return calls
    return isFramed(c) ? framed : beginnings
  }
  return async (c, next) => {
    if (IS_PAGE.test(c.req.path) && !isNavigation(c)) return c.html(errorPage('invalid_request', NO_PAGE), 400)
    return (await theirs(c).take(countedAddress(addressOf(c)))) ? next() : tooMany(c)
  }
}

const NO_PAGE = 'only a page that somebody opens begins a sign-in'

/**
 * Attack stopped: a page in another tab, which uses up what a whole office has. Browsers say both (Fetch Metadata), and
 * what they only fetch ahead of a press; programs, which say neither or the mode alone, are counted.
 */
const isNavigation = ({ req }: Call) =>
  req.header('sec-fetch-site') === undefined ||
  (req.header('sec-fetch-mode') === 'navigate' && req.header('sec-purpose') === undefined)

/**
 * Nobody signs in there, for the login page shows itself in no frame; but a site may ask there with `prompt=none`. So it
 * is counted, and by itself: a hidden frame uses up what frames have.
 */
const isFramed = ({ req }: Call) => (req.header('sec-fetch-dest') ?? 'document') !== 'document'

/** The word is RFC 6749's (§4.1.2.1), the status what it would be if there were no such word. */
function tooMany(c: Call): Response {
  const [error, description] = ['temporarily_unavailable', 'too many calls from this address']
  c.header('Retry-After', '1')
  if (IS_PAGE.test(c.req.path)) return c.html(errorPage(error, description), 429)
  return c.json({ error, error_description: description }, 429)
}

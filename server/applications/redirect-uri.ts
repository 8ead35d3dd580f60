// Where a browser may be sent back to with a code: only addresses that nobody on the way can read or become.

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** @returns what is wrong with it, or undefined */
export function redirectUriFault(uri: string): string | undefined {
  if (!URL.canParse(uri)) return 'is not a URL'
  const { protocol, hostname, username, password } = new URL(uri)
  if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.includes(hostname)))
    return 'must be https, or http on this machine itself'
  // RFC 6749 §3.1.2
  if (uri.includes('#')) return 'must not have a fragment'
  if (username !== '' || password !== '') return 'must not have user info'
  return undefined
}

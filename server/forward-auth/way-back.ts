// The page that was asked for, to be shown after the sign-in. Attack stopped: an open redirect, and a way back that
// leads into the sign-in again.

const LONGEST = 2048
const OWN = /^\/forward-auth(\/|$)/

/** @param asked path and query @returns always an address of `origin` itself, written out in full */
export function wayBack(origin: string, asked: string): string {
  const home = `${origin}/`
  if (!/^\/(?![/\\])/.test(asked) || asked.length > LONGEST || !URL.canParse(asked, origin)) return home
  const { origin: meant, pathname, search } = new URL(asked, origin)
  return meant === origin && !OWN.test(pathname) ? origin + pathname + search : home
}

/**
 * nginx can only write the address as it came, so all behind `rd=` is taken, ampersands too; who can encode it may.
 * @param search of the address that was called
 */
export function askedIn(search: string): string {
  const [, asked = ''] = /^\?rd=(.*)$/s.exec(search) ?? []
  try {
    return /^%2f/i.test(asked) ? decodeURIComponent(asked) : asked
  } catch {
    return ''
  }
}

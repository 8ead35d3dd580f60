// What the elliptic curves of one login cost by themselves, in OpenSSL's own measure: below that no server can go.
import { execFileSync } from 'node:child_process'

/**
 * One signature to verify (the decision), one key pair to make and one secret to agree on (the push). OpenSSL does not
 * time key pairs; a signature is as much work, one multiplication of the base point.
 * @returns microseconds of one core
 */
export function bareCryptography(): number {
  const args = ['speed', '-mr', '-seconds', '1', 'ecdsap256', 'ecdhp256']
  const said = execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return microseconds(said)
}

/** `+F4`: key size, signatures and verifications a second; `+F5`: key size, agreements a second. */
export function microseconds(said: string): number {
  const [, signatures, verifications] = /^\+F4:\d+:256:([\d.]+):([\d.]+)/m.exec(said) ?? []
  const [, agreements] = /^\+F5:\d+:256:([\d.]+)/m.exec(said) ?? []
  const total = [signatures, verifications, agreements].reduce((sum, rate) => sum + 1e6 / Number(rate), 0)
  if (!(total > 1)) throw new Error(`openssl speed said something else: ${said}`)
  return total
}

// How a sign-in was confirmed, in plain words: what `amr` (RFC 8176), `acr` and `auth_time` say.
import type { Person } from './relying-party.ts'

const FACTORS: Record<string, string> = {
  pwd: 'Your password',
  swk: 'Approval on a device that holds a key of yours',
  user: 'That device was unlocked by fingerprint, face or screen lock',
  pin: 'That device was unlocked with a PIN',
}

/** A sentence a factor, in the order they were given. */
export function factorsOf({ amr }: Pick<Person, 'amr'>): string[] {
  const sentences = amr.flatMap((method) => FACTORS[method] ?? [])
  return amr.includes('otp') && !amr.includes('swk') ? [...sentences, 'A passcode typed from your device'] : sentences
}

export const isTwoFactor = ({ amr }: Pick<Person, 'amr'>) => amr.includes('mfa')

/** '14:32:05 UTC' */
export function timeOf(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(11, 19)} UTC`
}

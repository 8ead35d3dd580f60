// Passwords as argon2id (RFC 9106; the library's default), parameters as OWASP recommends for servers that answer many people.
import { hash, type Options, verify } from '@node-rs/argon2'
import { base64url } from '../../protocol/encoding.ts'
import type { RandomBytes } from '../../protocol/ids.ts'

export type Passwords = {
  /** @returns a PHC string */
  hash(password: string): Promise<string>
  verify(phc: string, password: string): Promise<boolean>
  /** A hash that no password has, made with the same parameters: checking against it takes as long as any other. */
  decoy: Promise<string>
}

export type Argon2Cost = Required<Pick<Options, 'memoryCost' | 'timeCost' | 'parallelism'>>

/** memory in KiB */
const COST: Argon2Cost = { memoryCost: 19456, timeCost: 2, parallelism: 1 }

export function argon2Passwords(random: RandomBytes, cost: Argon2Cost = COST): Passwords {
  const hashed = (password: string) => hash(oneSpelling(password), cost)
  return {
    hash: hashed,
    verify: (phc, password) => verify(phc, oneSpelling(password)),
    decoy: hashed(base64url(random(32))),
  }
}

/** NIST SP 800-63B-4 §3.1.1.2: keyboards differ in how they compose the same characters. */
function oneSpelling(password: string): string {
  return password.normalize('NFKC')
}

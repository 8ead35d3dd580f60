// Activation codes: 128 bits in 26 characters that people may retype.
import { asMeant, CROCKFORD, crockford128 } from './crockford.ts'
import { type Bytes, concat, utf8 } from './encoding.ts'
import type { RandomBytes } from './ids.ts'
import { sha256 } from './web-crypto.ts'

const CANONICAL = new RegExp(`^[${CROCKFORD}]{26}$`)

export function newActivationCode(random: RandomBytes): string {
  return crockford128(random(16))
}

/** Undefined where no code can be meant. */
export function canonicalCode(typed: string): string | undefined {
  const code = asMeant(typed)
  return CANONICAL.test(code) ? code : undefined
}

/** As people copy it from paper. */
export function inFives(code: string): string {
  return code.replace(/.{5}(?=.)/g, '$&-')
}

/** What the server finds an enrolment by; neither the code nor its bare hash is ever stored. */
export function codeLookup(code: string): Promise<Bytes> {
  return sha256(concat(utf8('countersign/v1/code-lookup'), new Uint8Array(1), utf8(code)))
}

/** The code inside an activation link's fragment, or the code itself. */
export function codeFrom(input: string): string | undefined {
  const hash = input.indexOf('#')
  return canonicalCode(hash < 0 ? input : input.slice(hash + 1))
}

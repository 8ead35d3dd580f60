// Chance that is the same each time, and needs no memory: what it says of the nth person can be asked in any order.
import { CROCKFORD } from '../../protocol/crockford.ts'
import type { Id } from '../../protocol/ids.ts'

/** @returns 32 bits (MurmurHash3’s finalizer over both) */
export function mixed(a: number, b: number): number {
  let bits = (a ^ Math.imul(b, 0x9e3779b1)) >>> 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** One thing's own chance. */
export class Chance {
  #state: number

  constructor(seed: number, ...about: number[]) {
    this.#state = about.reduce(mixed, mixed(seed, 0x5eed))
  }

  /** 32 bits */
  bits(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    return mixed(this.#state, 1)
  }

  /** At least 0, less than 1. */
  share(): number {
    return this.bits() / 2 ** 32
  }

  below(bound: number): number {
    return Math.floor(this.share() * bound)
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }

  /** @param weighted each with how often it comes beside the others */
  weighed<T>(weighted: readonly (readonly [T, number])[]): T {
    let left = this.share() * weighted.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [choice, weight] of weighted) {
      left -= weight
      if (left < 0) return choice
    }
    return (weighted.at(-1) as readonly [T, number])[0]
  }

  /** @param alphabet of 32 or more characters, of which the first 32 are used */
  text(length: number, alphabet = CROCKFORD): string {
    let text = ''
    for (let bits = 0; text.length < length; bits >>>= 5) {
      // Six characters a draw.
      if (text.length % 6 === 0) bits = this.bits()
      text += alphabet[bits & 31]
    }
    return text
  }
}

const TOP_BITS = 38

/**
 * Ids that rise with their number and are spread over all there are: written in order, they make an index as full as
 * random ones do, and what comes later falls among them.
 */
export function idAt<Prefix extends string>(
  prefix: Prefix,
  seed: number,
  { at, of }: { at: number; of: number },
): Id<Prefix> {
  let top = Math.floor(((at + 0.5) / of) * 2 ** TOP_BITS)
  let text = ''
  for (let place = 0; place < 8; place++) {
    text = CROCKFORD[top % 32] + text
    top = Math.floor(top / 32)
  }
  return `${prefix}_${text}${new Chance(seed, prefix.charCodeAt(0), at).text(18)}` as Id<Prefix>
}

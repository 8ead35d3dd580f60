// The cookie that a right password earns. Attack stopped: it is made fresh at that moment, so one planted before is
// worth nothing, and no script and no other site can send it.
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { base64url } from '../../protocol/encoding.ts'
import type { RandomBytes } from '../../protocol/ids.ts'
import type { Call } from '../http/env.ts'
import { digest } from '../store/digest.ts'

const ATTRIBUTES = { path: '/', httpOnly: true, secure: true, sameSite: 'Strict' } as const
const SHORT = 12

/** A name for each sign-in, so that two tabs don't take each other's. */
const nameFor = (interaction: string) => `__Host-countersign-${interaction.slice(0, SHORT)}`

/** @returns the SHA-256 of what this browser holds for that sign-in */
export function signInIdFrom(c: Call, interaction: string): string | undefined {
  const secret = getCookie(c, nameFor(interaction))
  return secret ? digest(secret) : undefined
}

/** @returns the SHA-256 of the new secret */
export function giveCookie(c: Call, interaction: string, random: RandomBytes, seconds: number): string {
  const secret = base64url(random(16))
  setCookie(c, nameFor(interaction), secret, { ...ATTRIBUTES, maxAge: Math.max(1, Math.floor(seconds)) })
  return digest(secret)
}

export function takeCookie(c: Call, interaction: string): void {
  deleteCookie(c, nameFor(interaction), ATTRIBUTES)
}

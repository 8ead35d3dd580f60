// The token by which Entra says who is signing in. Attack stopped: a token of another tenant, for another provider, by
// nobody's key, by an algorithm of the sender's choice, or of long ago.
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import * as z from 'zod/mini'
import type { Clock } from '../../clock.ts'
import type { Outbound } from '../../push/outbound.ts'
import { elapsed } from '../../throttling/elapsed.ts'
import { guardedFetch } from '../fetch.ts'
import { issuerOf } from './clouds.ts'

export type Tenant = { origin: string; tenant: string /** of the app registration */; application: string }
export type EntraPerson = { sub: string; oid: string; name: string | undefined }
export type HintReader = (token: string, of: Tenant & { clientId: string }) => Promise<EntraPerson>

/** Why a hint says nothing; for the audit log and whoever sets things up. */
export class HintRefused extends Error {}
/** Nobody's fault here: the same question may be good in a moment. */
export class KeysAway extends HintRefused {}

/** Entra issues it expired, just before it sends somebody; clocks differ by no more. */
export const OLDEST_SECONDS = 300
const DAY_MS = 24 * 3_600_000
/** An unknown key makes us look again, but not for everybody who invents one. */
const LOOK_AGAIN_MS = 30_000
const TIME_OUT_MS = 5000

const metadata = z.object({ issuer: z.string(), jwks_uri: z.string() })
const claims = z.object({
  sub: z.string().check(z.minLength(1), z.maxLength(256)),
  tid: z.string(),
  oid: z.string().check(z.minLength(1), z.maxLength(256)),
  iat: z.number(),
  preferred_username: z.optional(z.string()),
})

type Keys = { get: JWTVerifyGetKey; until: number; lookedAgain: number }

export function hintReader({ outbound, clock }: { outbound: Outbound; clock: Clock }): HintReader {
  const fetch = guardedFetch(outbound)
  const known = new Map<string, Keys>()

  async function keysOf(issuer: string, origin: string): Promise<JWTVerifyGetKey> {
    const held = known.get(issuer)
    if (held && held.until > clock.now()) return held.get
    const told = metadata.safeParse(
      await inTime((signal) => toldAt(`${issuer}/.well-known/openid-configuration`, signal)),
    )
    if (!told.success || told.data.issuer !== issuer || new URL(told.data.jwks_uri).origin !== origin)
      throw new HintRefused('what Microsoft says of the tenant is not as it must be: is its id right?')
    const get = createRemoteJWKSet(new URL(told.data.jwks_uri), {
      [customFetch]: fetch,
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
      timeoutDuration: TIME_OUT_MS,
    })
    const lookedAgain = held?.lookedAgain ?? Number.NEGATIVE_INFINITY
    known.set(issuer, { get, until: clock.now() + DAY_MS, lookedAgain })
    return get
  }

  async function toldAt(url: string, signal: AbortSignal): Promise<unknown> {
    const response = await fetch(url, { signal })
    if (response.status === 429 || response.status >= 500) throw new KeysAway(AWAY)
    return response.ok ? response.json() : undefined
  }

  async function inTime<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const [wire, watch] = [new AbortController(), new AbortController()]
    clock.after(TIME_OUT_MS, watch.signal).then(
      () => wire.abort(new DOMException('no answer in time', 'TimeoutError')),
      () => undefined,
    )
    try {
      return await ask(wire.signal)
    } finally {
      watch.abort()
    }
  }

  /** @returns false where that was done a moment ago */
  function mayLookAgain(issuer: string): boolean {
    const held = known.get(issuer)
    if (!held || elapsed(held.lookedAgain, clock.now(), LOOK_AGAIN_MS) < LOOK_AGAIN_MS) return false
    known.set(issuer, { ...held, until: 0, lookedAgain: clock.now() })
    return true
  }

  return async (token, { origin, tenant, application, clientId }) => {
    const issuer = issuerOf(origin, tenant)
    const options = {
      issuer,
      // Its documentation says the one, and what it sends is the other.
      audience: [clientId, application],
      algorithms: ['RS256'],
      clockTolerance: OLDEST_SECONDS,
      requiredClaims: ['sub', 'tid', 'oid', 'iat', 'exp'],
      currentDate: new Date(clock.now()),
    }
    const verified = async () => jwtVerify(token, await keysOf(issuer, origin), options)
    const { payload } = await verified()
      .catch((error: unknown) => {
        if (error instanceof errors.JWKSNoMatchingKey && mayLookAgain(issuer)) return verified()
        throw error
      })
      .catch(refused)
    const read = claims.safeParse(payload)
    if (!read.success || read.data.tid !== tenant) throw new HintRefused('id_token_hint is of another tenant')
    const { sub, oid, iat, preferred_username: name } = read.data
    if (Math.abs(clock.now() / 1000 - iat) > OLDEST_SECONDS) throw new HintRefused('id_token_hint is too old')
    return { sub, oid, name }
  }
}

const AWAY = 'Microsoft could not be asked for its keys'

function refused(error: unknown): never {
  if (error instanceof errors.JOSEError && !NO_KEYS.has(error.code))
    throw new HintRefused(`id_token_hint is refused: ${error.code}`)
  throw error instanceof HintRefused ? error : new KeysAway(AWAY)
}

/**
 * How jose says that keys did not come: late, by another status than 200, or not as JSON. What a hint is refused for has
 * other codes.
 */
const NO_KEYS = new Set([errors.JWKSTimeout.code, errors.JOSEError.code])

// What this installation signs with towards relying parties: kept sealed, the same in every process, and replaced in
// an order that nobody who checks signatures notices: published first, used later, and published on for as long as
// something that was signed with it can be good.
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { base64url } from '../../protocol/encoding.ts'
import type { RandomBytes } from '../../protocol/ids.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { Actor } from '../audit/actor.ts'
import { raise } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { LONGEST_MS } from '../handed-out/sign-ins.ts'
import { sealedSettingCell, sealedSettingOf } from '../store/sealed-setting.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { untilWon } from '../store/until-won.ts'

const generate = promisify(generateKeyPair)

type Needs = { store: Store; sealer: Sealer; clock: Clock }

/** A private key. Times are milliseconds; keys from before they were noted have none, and are in use. */
export type SigningKey = JWK & {
  kid: string
  alg: 'RS256' | 'ES256'
  made_at?: number
  use_from?: number
  /** published no longer */
  until?: number
}

const SETTING = 'oidc-signing-keys'
/** Microsoft looks at keys once in two days, others within a day. */
export const PUBLISHED_BEFORE_MS = 48 * 3_600_000

/** RS256, which every relying party must understand (OpenID Connect Core §15.1), and ES256; those in use first. */
export async function signingKeys(needs: Needs): Promise<SigningKey[]> {
  const now = needs.clock.now()
  return inOrder(await storedKeys(needs), now)
}

async function storedKeys(needs: Needs): Promise<SigningKey[]> {
  const text = await sealedSettingOf(needs, SETTING, async () =>
    JSON.stringify({ keys: await newKeys(needs.clock.now()) }),
  )
  const { keys } = JSON.parse(text) as { keys: (JWK & Omit<SigningKey, 'kid'>)[] }
  return Promise.all(keys.map(async (key) => ({ ...key, kid: key.kid ?? (await calculateJwkThumbprint(key)) })))
}

/** @returns what is published; of each algorithm the one in use, then the next one, then former ones */
export function inOrder(keys: readonly SigningKey[], now: number): SigningKey[] {
  const published = keys.filter(({ until }) => until === undefined || until > now)
  const newestFirst = published.toSorted((a, b) => (b.use_from ?? 0) - (a.use_from ?? 0))
  const [ready, coming] = [true, false].map((is) => newestFirst.filter((key) => (key.use_from ?? 0) <= now === is))
  const [used = [], former = []] = split(ready ?? [])
  return [...used, ...(coming ?? []), ...former]
}

function split(ready: readonly SigningKey[]): [SigningKey[], SigningKey[]] {
  const used = ready.filter((key, place) => ready.findIndex(({ alg }) => alg === key.alg) === place)
  return [used, ready.filter((key) => !used.includes(key))]
}

/**
 * Makes new keys, which are used in 48 hours; the former ones are published for 30 days more.
 * @param atOnce the former ones have leaked: from now on nothing that they signed is good
 * @returns when the new ones are used, milliseconds
 */
export function rotateSigningKeys(needs: Needs, { atOnce }: { atOnce: boolean }, by: Actor): Promise<number> {
  const { store, sealer, clock } = needs
  return untilWon(async () => {
    // First: what is read after it is as it was then, or newer and not overwritten.
    const row = await store.read.selectFrom('settings').select('value').where('name', '=', SETTING).executeTakeFirst()
    const former = await storedKeys(needs)
    if (!row) return undefined
    const now = clock.now()
    const useFrom = atOnce ? now : now + PUBLISHED_BEFORE_MS
    const until = atOnce ? now : useFrom + LONGEST_MS
    const kept = former
      .map((key) => ({ ...key, until: Math.min(key.until ?? until, until) }))
      .filter((key) => key.until > now)
    const keys = [...kept, ...(await newKeys(now, useFrom))]
    const value = sealer.seal(JSON.stringify({ keys }), sealedSettingCell(SETTING))
    const won = await store.write(async (tx, announce) => {
      const changed = await tx
        .updateTable('settings')
        .set({ value })
        .where('name', '=', SETTING)
        .where('value', '=', row.value)
        .executeTakeFirstOrThrow()
      if (changed.numUpdatedRows !== 1n) return false
      await raise(tx, { at: now, kind: 'oidc-keys-rotated', by, detail: { useFrom: timestamp(useFrom), atOnce } })
      announce('keys')
      return true
    })
    return won ? useFrom : undefined
  })
}

/** What the provider's cookies are signed with. */
export async function cookieKeys(needs: Needs & { random: RandomBytes }): Promise<string[]> {
  const make = () => JSON.stringify([base64url(needs.random(32))])
  return JSON.parse(await sealedSettingOf(needs, 'oidc-cookie-keys', make)) as string[]
}

async function newKeys(now: number, useFrom = now): Promise<SigningKey[]> {
  const [rsa, ec] = await Promise.all([
    generate('rsa', { modulusLength: 2048 }),
    generate('ec', { namedCurve: 'P-256' }),
  ])
  const named = async (jwk: JWK, alg: SigningKey['alg']): Promise<SigningKey> => {
    const times = { made_at: now, use_from: useFrom }
    return { ...jwk, alg, use: 'sig', kid: await calculateJwkThumbprint(jwk), ...times }
  }
  return Promise.all([
    named(rsa.privateKey.export({ format: 'jwk' }) as JWK, 'RS256'),
    named(ec.privateKey.export({ format: 'jwk' }) as JWK, 'ES256'),
  ])
}

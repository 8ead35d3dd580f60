// One call to the device API: proof, time-out, the server's time, and errors told apart.

import { base64url } from '../../protocol/encoding.ts'
import type { RandomBytes } from '../../protocol/ids.ts'
import type { ProblemDocument } from '../../protocol/problems.ts'
import { jti, makeProof, PROOF_HEADER } from '../../protocol/proof.ts'
import type { ServerClock } from './clock.ts'
import { DeviceError, isRefusal, StorageError, Unreachable } from './errors.ts'
import { knownSlug } from './known-problems.ts'
import type { Identity } from './schema.ts'
import type { DeviceStore } from './store.ts'
import { within } from './within.ts'

export const CALL_TIMEOUT_MS = 15_000

export type Call = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** below `/device/v1` */
  path: string
  query?: Record<string, string>
  json?: unknown
  jose?: string
  /** `if-known`: the first activation is made before there is anything to prove. */
  proof?: 'always' | 'if-known' | 'never'
  signal?: AbortSignal
}

export type Send = (call: Call) => Promise<Response>

type Needs = {
  /** the app's own origin */
  origin: string
  fetch: typeof fetch
  store: DeviceStore
  clock: ServerClock
  random: RandomBytes
}

/** A caller that corrects its clock and repeats a call once where the server says that the clock was the only fault. */
export function sender(needs: Needs): Send {
  return async (call) => {
    try {
      return await sendOnce(needs, call)
    } catch (error) {
      // A decision carries its own time inside what was signed: only whoever signed it can say it again.
      if (!isRefusal(error, 'clock-skew') || call.jose !== undefined) throw error
      return await sendOnce(needs, call)
    }
  }
}

async function sendOnce(needs: Needs, call: Call): Promise<Response> {
  const { origin, clock } = needs
  const path = `${origin}/device/v1${call.path}`
  const headers = new Headers(await proofHeader(needs, call, path))
  if (call.json !== undefined) headers.set('Content-Type', 'application/json')
  if (call.jose !== undefined) headers.set('Content-Type', 'application/jose')
  const url = call.query ? `${path}?${new URLSearchParams(call.query)}` : path
  const sent = clock.local()
  const response = await exchange(needs, call, (signal) =>
    needs.fetch(url, {
      method: call.method,
      headers,
      body: call.jose ?? (call.json === undefined ? null : JSON.stringify(call.json)),
      signal,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    }),
  )
  if (response.ok) return response
  const refusal = await refusalOf(response)
  const { serverTime } = refusal.document
  if (typeof serverTime === 'string') await clock.learn(serverTime, sent, clock.local())
  throw refusal
}

/** RFC 9449 §4.2: made for this one call, so that a copied header is worth nothing. */
async function proofHeader(needs: Needs, call: Call, htu: string): Promise<Record<string, string>> {
  const { proof = 'always' } = call
  if (proof === 'never') return {}
  const identity = await needs.store.get('identity', 'current')
  if (!identity) {
    if (proof === 'if-known') return {}
    throw new StorageError('evicted')
  }
  return { [PROOF_HEADER]: await makeCallProof(needs, identity, { htm: call.method, htu }) }
}

function makeCallProof(needs: Needs, { device, signing }: Identity, call: { htm: string; htu: string }) {
  const iat = Math.floor(needs.clock.now() / 1000)
  return makeProof(signing.privateKey, device, { jti: newJti(needs.random), ...call, iat })
}

/** 128 random bits. */
export function newJti(random: RandomBytes): string {
  return jti.parse(base64url(random(16)))
}

async function exchange(needs: Needs, call: Call, start: (signal: AbortSignal) => Promise<Response>) {
  const late = () => new Unreachable('no answer in time')
  try {
    return await within(needs.clock, CALL_TIMEOUT_MS, start, late, call.signal)
  } catch (error) {
    call.signal?.throwIfAborted()
    // `fetch` rejects with a TypeError for everything that is not an answer.
    throw error instanceof TypeError ? new Unreachable('no connection', { cause: error }) : error
  }
}

async function refusalOf(response: Response): Promise<DeviceError> {
  const document = await problemDocument(response)
  const slug = document && knownSlug(document)
  // Not in our words: something between us and the server answered.
  if (!document || !slug) throw new Unreachable(`HTTP ${response.status} without a problem document`)
  // The server is there but can't serve: the same to a person as not being there, and worth trying again.
  if (response.status >= 500) throw new Unreachable(document.title)
  const retryAfter = Number.parseInt(response.headers.get('Retry-After') ?? '', 10)
  return new DeviceError(slug, document, Number.isNaN(retryAfter) ? undefined : retryAfter)
}

async function problemDocument(response: Response): Promise<ProblemDocument | undefined> {
  try {
    return (await response.json()) as ProblemDocument
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

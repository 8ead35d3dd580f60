// Whether the origins answer, and whether it is this installation that does.
import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { systemClock } from '../../clock.ts'
import type { Origins } from '../../http/app.ts'
import { signingKeys } from '../../oidc/keys.ts'
import type { Sealer } from '../../store/sealer.ts'
import type { Store } from '../../store/store.ts'
import { about, type Finding } from './finding.ts'

const ANSWER_WITHIN_MS = 5000

export type Get = (url: string) => Promise<Response>

/** Redirects are not followed: a page elsewhere that answers well proves nothing. */
export const get: Get = (url) => fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })

type Needs = { store: Store; sealer: Sealer; get: Get }

export async function checkOrigins(origins: Origins, needs: Needs): Promise<Finding[]> {
  const first = await checkPublicOrigin(origins.public, needs)
  // Of one origin that is silent it need not be said twice.
  if (first.status !== 'ok' && origins.app === origins.public) return [first]
  return [first, await checkAppOrigin(origins.app, needs.get)]
}

async function checkPublicOrigin(origin: string, { store, sealer, get }: Needs): Promise<Finding> {
  const { ok, problem } = about('public origin')
  const silent = await silence(origin, get)
  if (silent) return problem(silent, remedyFor(origin))
  const mine = await ownKeys({ store, sealer })
  const theirs = await publishedKeys(origin, get)
  if (theirs.some((key) => mine.includes(key))) return ok(`${origin} answers, and it is this installation.`)
  return problem(
    `${origin} answers, but with another installation’s keys.`,
    'Start the server with the same COUNTERSIGN_DATA or DATABASE_URL as this command, or correct COUNTERSIGN_URL.',
  )
}

async function checkAppOrigin(origin: string, get: Get): Promise<Finding> {
  const { ok, problem } = about('app origin')
  const silent = await silence(origin, get)
  if (silent) return problem(silent, remedyFor(origin))
  const page = await get(`${origin}/`)
  if (page.status === 200) return ok(`${origin} serves the authenticator.`)
  return problem(`${origin} answers ${page.status} in place of the authenticator.`, 'Run: npm run build')
}

/** Undefined where it answers; else what happens instead. */
async function silence(origin: string, get: Get): Promise<string | undefined> {
  try {
    const answer = await get(`${origin}/readyz`)
    if (answer.ok) return undefined
    return `${origin}/readyz answers ${answer.status}.`
  } catch (error) {
    return `${origin} does not answer: ${reason(error)}.`
  }
}

function remedyFor(origin: string): string {
  const start = 'Start the server (npm start)'
  if (origin.startsWith('http:')) return `${start}, with the same PORT as this command.`
  return `${start}, and see that the proxy hands ${origin} on to it with the Host header unchanged. A network may also keep this machine from its own public address.`
}

function reason(error: unknown): string {
  const { cause, message } = error as Error
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message
  return message
}

async function ownKeys(needs: Omit<Needs, 'get'>): Promise<string[]> {
  const keys = await signingKeys({ ...needs, clock: systemClock })
  return keys.map((key) =>
    fingerprint(createPublicKey({ format: 'jwk', key: key as JsonWebKey }).export({ format: 'jwk' })),
  )
}

async function publishedKeys(origin: string, get: Get): Promise<string[]> {
  const answer = await get(`${origin}/oidc/jwks`)
  if (!answer.ok) return []
  const { keys } = (await answer.json()) as { keys: JsonWebKey[] }
  return keys.map(fingerprint)
}

const fingerprint = ({ n, x }: JsonWebKey) => n ?? x ?? ''

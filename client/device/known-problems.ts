// The refusals that a device understands. Not the table of all problems: that grows with everything the server does.
import { PROBLEM_TYPE } from '../../protocol/problem-slug.ts'
import type { ProblemDocument, ProblemSlug } from '../../protocol/problems.ts'

const KNOWN = [
  'body-too-large',
  'wrong-host',
  'cross-site',
  'unauthenticated',
  'not-found',
  'method-not-allowed',
  'too-many-requests',
  'malformed',
  'invalid',
  'unavailable',
  'internal',
  'unknown-request',
  'already-settled',
  'expired',
  'wrong-passcode',
  'invalid-proof',
  'unknown-device',
  'clock-skew',
  'replayed-proof',
  'invalid-signature',
  'wrong-audience',
  'token-inactive',
  'wrong-binding',
  'unknown-token',
  'unknown-code',
  'unknown-user',
  'wrong-credentials',
  'password-required',
  'device-key-in-use',
  'too-many-devices',
  'incompatible-policy',
  'endpoint-not-allowed',
  'no-subscription',
  'unknown-notice',
  'too-late-to-report',
  'added-too-recently',
  'passcodes-locked',
  'push-paused',
  'refused-by-policy',
  'address-blocked',
] as const satisfies ProblemSlug[]

/** Whatever the app or its worker answers to has to be among them. */
export type KnownSlug = (typeof KNOWN)[number]

const known: ReadonlySet<string> = new Set(KNOWN)

export function knownSlug({ type }: ProblemDocument): KnownSlug | undefined {
  const slug = String(type).replace(PROBLEM_TYPE, '')
  return known.has(slug) ? (slug as KnownSlug) : undefined
}

// The refusals that a device understands. Not the table of all problems: that grows with everything the server does.
import { PROBLEM_TYPE } from '../../protocol/problem-slug.ts'
import type { ProblemDocument, ProblemSlug } from '../../protocol/problems.ts'

const KNOWN: ReadonlySet<string> = new Set([
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
  'device-key-in-use',
  'too-many-devices',
  'incompatible-policy',
  'endpoint-not-allowed',
  'no-subscription',
  'unknown-notice',
  'too-late-to-report',
  'passcodes-locked',
  'push-paused',
  'refused-by-policy',
  'address-blocked',
] satisfies ProblemSlug[])

export function knownSlug({ type }: ProblemDocument): ProblemSlug | undefined {
  const slug = String(type).replace(PROBLEM_TYPE, '')
  return KNOWN.has(slug) ? (slug as ProblemSlug) : undefined
}

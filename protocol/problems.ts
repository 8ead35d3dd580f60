// Every way in which a call can be refused: one table for status, title and how loudly it is logged.

import { PROBLEM_TYPE } from './problem-slug.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
type Entry = { readonly status: number; readonly title: string; readonly level: LogLevel }

const entry = (status: number, title: string, level: LogLevel = 'info'): Entry => ({ status, title, level })

export const PROBLEMS = {
  'body-too-large': entry(413, 'The body is larger than 64 KiB.'),
  'wrong-host': entry(421, 'This server does not answer for that host.'),
  'cross-site': entry(403, 'Only this site’s own pages may send this.', 'warn'),
  unauthenticated: entry(401, 'Credentials are missing or wrong.'),
  'not-found': entry(404, 'There is nothing here.', 'debug'),
  'method-not-allowed': entry(405, 'This address does not support that method.', 'debug'),
  'too-many-requests': entry(429, 'Too many requests; try again later.', 'warn'),
  malformed: entry(400, 'The body could not be read.'),
  invalid: entry(422, 'Some of what was sent is not valid.'),
  unavailable: entry(503, 'The server can’t answer just now; try again.', 'error'),
  internal: entry(500, 'Something went wrong on the server.', 'error'),

  'unknown-user': entry(404, 'There is no such user.'),
  'user-suspended': entry(409, 'This user is suspended; resume them first.'),
  'username-taken': entry(409, 'That user name is taken.'),
  'no-token': entry(409, 'This user has no active token.'),
  'push-paused': entry(423, 'Push is paused for this user.', 'warn'),
  'unknown-request': entry(404, 'There is no such login request.'),
  'wrong-secret': entry(403, 'The request secret is wrong.', 'warn'),
  'already-settled': entry(409, 'The login request is already settled.'),
  'not-approved': entry(409, 'The login request is not approved.'),
  'already-redeemed': entry(409, 'The login request was already redeemed.', 'warn'),
  expired: entry(410, 'The login request has expired.'),
  'wrong-passcode': entry(403, 'The passcode is wrong.', 'warn'),
  'idempotency-mismatch': entry(422, 'That Idempotency-Key was used with another body.'),
  'idempotency-in-progress': entry(409, 'A call with that Idempotency-Key is still running.'),

  'invalid-proof': entry(401, 'The proof of possession is not valid.', 'warn'),
  'unknown-device': entry(401, 'This device is unknown or was removed.'),
  'clock-skew': entry(401, 'The device’s clock differs too much from the server’s.'),
  'replayed-proof': entry(401, 'That proof was used before.', 'warn'),
  'invalid-signature': entry(401, 'The signature is not the device’s.', 'warn'),
  'wrong-audience': entry(401, 'The decision is addressed to another server.', 'warn'),
  'token-inactive': entry(403, 'The token is not active.'),
  'wrong-binding': entry(403, 'The decision does not match this request.', 'warn'),
  'unknown-token': entry(404, 'There is no such token.'),
  'unknown-code': entry(404, 'The activation code is wrong, used or expired.'),
  'device-key-in-use': entry(409, 'That device key is already enrolled; send a proof made with it.', 'warn'),
  'password-required': entry(403, 'The user’s password is required too.'),
  'too-many-devices': entry(409, 'This user has reached the device limit.'),
  'incompatible-policy': entry(422, 'Enhanced approval cannot be combined with unlock or number matching.'),
  'endpoint-not-allowed': entry(422, 'That push endpoint is not allowed.', 'warn'),
  'no-subscription': entry(409, 'This device has no push subscription.'),
  'unknown-notice': entry(404, 'There is no such notice for this device.'),
  'added-too-recently': entry(409, 'What was added within a day takes away nothing that was there before it.', 'warn'),
  'not-lost': entry(409, 'That device let somebody in to this page; whoever holds it has not lost it.', 'warn'),
  'too-late-to-report': entry(409, 'This notice is more than a day old; ask the help desk.'),

  'wrong-credentials': entry(403, 'User name or password is wrong.'),
  'directory-unreachable': entry(503, 'The organisation’s directory can’t be reached just now.', 'error'),
  'not-permitted-here': entry(403, 'This person may not sign in to this application.'),
  'no-sign-in': entry(409, 'There is no sign-in under way in this browser.'),
  'passcodes-locked': entry(423, 'Typed passcodes are locked for this user.', 'warn'),

  'address-blocked': entry(403, 'Sign-ins from that address are blocked.', 'warn'),
  'unknown-address': entry(404, 'That address is not blocked.'),
  'unknown-passcode': entry(404, 'There is no such temporary passcode, or it has ended.'),
  'unknown-report': entry(404, 'There is no such report.'),
  'unknown-sign': entry(404, 'There is no such open sign of an attack.'),
  'guessable-password': entry(422, 'That password is easily guessed. Choose another one.'),
  'password-elsewhere': entry(409, 'This person’s password is kept in the organisation’s directory; change it there.'),
  'directory-not-set-up': entry(409, 'This installation has no LDAP directory.'),
  'mail-not-set-up': entry(409, 'This installation has no mail server.'),
  'no-mail-address': entry(409, 'This user has no mail address.'),
  'unknown-mail-template': entry(404, 'There is no such mail.'),
  'unknown-application': entry(404, 'There is no such application.'),
  'unknown-api-key': entry(404, 'This application has no such API key.'),
  'unknown-radius-client': entry(404, 'There is no such RADIUS client.'),
  'radius-client-taken': entry(409, 'A RADIUS client with that network and certificate already exists.'),
  'unknown-webhook': entry(404, 'There is no such webhook.'),
  'unknown-delivery': entry(404, 'There is no such delivery to that webhook.'),
  'too-many-webhooks': entry(409, 'There are twenty webhooks already; remove one first.'),
  'not-a-client': entry(409, 'This application is not an OpenID Connect client.'),
  'refused-by-policy': entry(403, 'The organisation’s policy does not allow this.', 'warn'),
  'unknown-version': entry(404, 'There is no such version.'),
  'too-many-api-keys': entry(409, 'This application has two API keys; revoke one first.'),
  forbidden: entry(403, 'Your role does not allow this.', 'warn'),
  'session-required': entry(403, 'Only an operator who is signed in can do this.'),
  'fresh-passkey-required': entry(403, 'Use your passkey again first.'),
  'passkey-refused': entry(403, 'The passkey was not accepted.', 'warn'),
  'passkey-cloned': entry(403, 'There are two copies of this passkey; it was not accepted.', 'error'),
  'last-passkey': entry(409, 'This is your last passkey.'),
  'unknown-passkey': entry(404, 'There is no such passkey.'),
  'unknown-invitation': entry(404, 'The link is wrong, used or expired.'),
  'unknown-operator': entry(404, 'There is no such operator.'),
  'operator-name-taken': entry(409, 'An operator with that name already exists, or with one that looks the same.'),
  'unknown-enrolment': entry(404, 'There is no such open enrolment.'),
  'unknown-group': entry(404, 'There is no such group.'),
  'group-name-taken': entry(409, 'A group with that name already exists.'),
  'last-owner': entry(409, 'This is the last owner who can sign in.'),
  'unknown-api-token': entry(404, 'There is no such API token.'),
  'changed-meanwhile': entry(412, 'Somebody else has changed this in the meantime.'),
  'precondition-required': entry(428, 'Send If-Match with the version you last read.'),
  'import-broken-off': entry(503, 'The import broke off; import the same file again for the rest.', 'error'),
  'unknown-command': entry(400, 'There is no such command.'),
} as const satisfies Record<string, Entry>

/** `because` of refused-by-policy. */
export type RefusedBecause =
  | 'unlock'
  | 'typed-passcodes'
  | 'recovery-codes'
  | 'network'
  | 'country'
  | 'hours'
  | 'risk'
  | 'number'
  | 'mail'

export type ProblemSlug = keyof typeof PROBLEMS

export { PROBLEM_TYPE }

/** An RFC 9457 problem document. */
export type ProblemDocument = {
  type: string
  title: string
  status: number
  detail?: string
  [member: string]: unknown
}

/** A refusal that a caller can understand and act on; anything else thrown is a defect of ours. */
export class Problem extends Error {
  readonly slug: ProblemSlug
  readonly members: Record<string, unknown>
  readonly headers: Record<string, string>

  constructor(
    slug: ProblemSlug,
    about: { detail?: string; members?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    super(about.detail ?? PROBLEMS[slug].title)
    this.name = 'Problem'
    this.slug = slug
    this.members = about.members ?? {}
    this.headers = about.headers ?? {}
  }

  get status(): number {
    return PROBLEMS[this.slug].status
  }

  document(): ProblemDocument {
    const { status, title } = PROBLEMS[this.slug]
    return { type: PROBLEM_TYPE + this.slug, title, status, detail: this.message, ...this.members }
  }
}

/** The slug of a problem document received from a server; undefined for one we do not know. */
export function slugOf(document: unknown): ProblemSlug | undefined {
  if (typeof document !== 'object' || document === null || !('type' in document)) return undefined
  const slug = String(document.type).replace(PROBLEM_TYPE, '')
  return Object.hasOwn(PROBLEMS, slug) ? (slug as ProblemSlug) : undefined
}

// A sentence for a call that failed; a defect of ours goes on, up to the log.
import type { ProblemSlug } from '../../protocol/problems.ts'
import { type ConsoleKey, t } from '../../words/console.ts'
import { Refusal, Unreachable } from './conversation.ts'
import { fieldLabel } from './field-label.ts'
import { CeremonyFailed } from './session/ceremony.ts'

/** The slugs that say the same on every page; a page says its own before it asks here. */
const SENTENCES = {
  forbidden: 'refusal.forbidden',
  'changed-meanwhile': 'refusal.changed',
  'too-many-requests': 'problem.too-many-requests',
  'import-broken-off': 'users.import.brokenOff',
  unavailable: 'problem.unavailable',
  internal: 'problem.unavailable',
  'passkey-refused': 'passkey.refused',
  'passkey-cloned': 'passkey.cloned',
  'last-owner': 'operators.lastOwner',
  'last-passkey': 'passkeys.last',
  'operator-name-taken': 'operators.taken',
  'user-suspended': 'users.suspendedFirst',
  'username-taken': 'users.taken',
  'guessable-password': 'users.guessable',
  'password-elsewhere': 'reports.passwordElsewhere',
  'group-name-taken': 'groups.taken',
  'incompatible-policy': 'person.incompatible',
  'mail-not-set-up': 'mail.notSetUp',
  'no-mail-address': 'enrolment.noAddress',
  'unknown-mail-template': 'refusal.gone',
  'too-many-api-keys': 'application.tooManyKeys',
  'unknown-application': 'refusal.gone',
  'unknown-api-key': 'refusal.gone',
  'unknown-radius-client': 'refusal.gone',
  'directory-unreachable': 'directory.down',
  'unknown-webhook': 'refusal.gone',
  'unknown-delivery': 'refusal.gone',
  'unknown-group': 'refusal.gone',
  'unknown-version': 'refusal.gone',
  'unknown-token': 'refusal.gone',
  'unknown-enrolment': 'refusal.gone',
  'unknown-invitation': 'invitation.bad',
  'unknown-report': 'refusal.gone',
  'unknown-sign': 'refusal.gone',
  'unknown-address': 'refusal.gone',
  'unknown-user': 'refusal.gone',
  'unknown-device': 'refusal.gone',
  'unknown-operator': 'refusal.gone',
  'unknown-passkey': 'refusal.gone',
  'unknown-api-token': 'refusal.gone',
} as const satisfies Partial<Record<ProblemSlug, ConsoleKey>>

export function refusalText(error: unknown): string {
  if (error instanceof Unreachable) return t('problem.unreachable')
  if (error instanceof CeremonyFailed) return t(`passkey.${error.fault}`)
  if (!(error instanceof Refusal)) throw error
  if (error.slug === 'invalid') return invalidText(error.errors)
  const known = error.slug && error.slug in SENTENCES ? SENTENCES[error.slug as keyof typeof SENTENCES] : undefined
  return t(known ?? 'problem.unknown')
}

/** @param errors why, by JSON pointer (RFC 6901) */
export function invalidText(errors: Readonly<Record<string, string>>): string {
  const told = Object.entries(errors).map(([pointer, why]) => {
    const field = fieldLabel(pointer)
    return field ? t('refusal.field', { field, why }) : why
  })
  return t('refusal.invalid', { what: [...new Set(told)].join('; ') })
}

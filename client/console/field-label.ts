// What a form calls the member of a call that was refused: the error names the field as the person read it.
import { type ConsoleKey, isConsoleKey, t } from '../../words/console.ts'

const LABELS: ReadonlyMap<string, ConsoleKey> = new Map(
  Object.entries({
    name: 'users.name',
    displayName: 'users.name',
    username: 'users.username',
    email: 'users.email',
    password: 'users.password',
    reason: 'blocks.reason',
    address: 'blocks.address',
    redirectUris: 'application.client.uris',
    protectedSites: 'applications.sites',
    loginText: 'application.loginText',
    postLogoutRedirectUris: 'client.logoutUrisShort',
    backchannelLogoutUri: 'client.logoutAt',
    cibaNotificationUri: 'client.pingAt',
    jwksUri: 'client.jwksUri',
    jwks: 'client.jwks',
    network: 'radius.network',
    certificate: 'radius.certificate',
    url: 'webhooks.url',
    kinds: 'webhooks.kinds',
    since: 'webhook.range.since',
    until: 'webhook.range.until',
    subject: 'mail.subject',
    body: 'mail.body',
  } satisfies Record<string, ConsoleKey>),
)

/**
 * `/redirectUris/1` → `“Redirect URIs”`; what no form asks for, near its own name.
 * @param pointer a JSON pointer (RFC 6901)
 * @returns empty for what is no field's
 */
export function fieldLabel(pointer: string): string {
  const member = pointer.split('/').findLast((part) => /\D/.test(part)) ?? ''
  const label = labelOf(member)
  if (label) return t('refusal.label', { label })
  return member.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
}

function labelOf(member: string): string | undefined {
  const key = LABELS.get(member) ?? `policies.member.${member}`
  return isConsoleKey(key) ? t(key) : undefined
}

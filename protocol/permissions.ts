// Who in the organisation may do what: one table. The server enforces it in one place, the console hides by it, and a
// test tries every act with every role.

/** What people can be. */
export const OPERATOR_ROLES = ['owner', 'administrator', 'help-desk', 'auditor'] as const
export type OperatorRole = (typeof OPERATOR_ROLES)[number]

/** And what programs can be: a token of a directory that provisions us opens /scim/v2, and nothing else. */
export const ROLES = [...OPERATOR_ROLES, 'provisioning'] as const
export type Role = (typeof ROLES)[number]

const EVERYBODY = OPERATOR_ROLES
const OWNERS = ['owner'] as const
const ADMINISTRATORS = ['owner', 'administrator'] as const
/** Whoever helps people over the telephone, and those above. */
const HELPERS = ['owner', 'administrator', 'help-desk'] as const
const OVERSEERS = ['owner', 'administrator', 'auditor'] as const

/** Act → the roles that may. An owner may do everything. */
export const PERMISSIONS = {
  'session.show': EVERYBODY,
  'session.sign-out': EVERYBODY,
  'session.confirm-options': EVERYBODY,
  'session.confirm': EVERYBODY,
  'passkeys.list': EVERYBODY,
  'passkeys.add-options': EVERYBODY,
  'passkeys.add': EVERYBODY,
  'passkeys.rename': EVERYBODY,
  'passkeys.remove': EVERYBODY,

  'operators.list': OVERSEERS,
  'operators.invite': OWNERS,
  'operators.renew-link': OWNERS,
  'operators.change-role': OWNERS,
  'operators.remove': OWNERS,

  'api-tokens.list': OVERSEERS,
  'api-tokens.make': ADMINISTRATORS,
  'api-tokens.revoke': ADMINISTRATORS,

  'overview.show': EVERYBODY,
  'overview.charts': EVERYBODY,
  'live.watch': EVERYBODY,

  'sign-in-notice.show': EVERYBODY,
  'sign-in-notice.write': ADMINISTRATORS,
  'sign-in-notice.clear': ADMINISTRATORS,

  'reports.list': EVERYBODY,
  'reports.show': EVERYBODY,
  'reports.take': HELPERS,
  'reports.note': HELPERS,
  'reports.close': HELPERS,

  'signs.list': EVERYBODY,
  'signs.take': HELPERS,
  'signs.close': HELPERS,

  'desk.standing': EVERYBODY,
  'desk.verify-caller': HELPERS,
  'desk.caller': HELPERS,
  'passcodes.unlock': HELPERS,
  'passcodes.issue': HELPERS,
  'passcodes.end': HELPERS,

  'push.pause': HELPERS,
  'push.resume': HELPERS,
  'sessions.revoke': HELPERS,
  'passwords.clear': HELPERS,
  'passwords.set': ADMINISTRATORS,

  'addresses.list': EVERYBODY,
  'addresses.block': ADMINISTRATORS,
  'addresses.unblock': ADMINISTRATORS,

  'users.list': EVERYBODY,
  'users.show': EVERYBODY,
  'users.add': ADMINISTRATORS,
  'users.edit': ADMINISTRATORS,
  'users.suspend': HELPERS,
  'users.resume': ADMINISTRATORS,
  'users.remove': ADMINISTRATORS,
  'users.preview-import': ADMINISTRATORS,
  'users.import': ADMINISTRATORS,
  'users.export': OVERSEERS,

  'tokens.all': EVERYBODY,
  'tokens.export': OVERSEERS,
  'tokens.list': EVERYBODY,
  'tokens.suspend': HELPERS,
  'tokens.resume': HELPERS,
  'tokens.revoke': HELPERS,
  'devices.remove': HELPERS,
  'devices.move': HELPERS,

  'enrolments.list': EVERYBODY,
  'enrolments.create': HELPERS,
  'enrolments.withdraw': HELPERS,
  'enrolments.resend': HELPERS,
  'enrolments.unenrolled': EVERYBODY,
  'enrolments.create-many': ADMINISTRATORS,

  'groups.list': EVERYBODY,
  'groups.add': ADMINISTRATORS,
  'groups.rename': ADMINISTRATORS,
  'groups.remove': ADMINISTRATORS,
  'groups.add-member': ADMINISTRATORS,
  'groups.remove-member': ADMINISTRATORS,

  'directory.show': EVERYBODY,
  'directory.try': HELPERS,

  'mails.list': EVERYBODY,
  'mails.retry': ADMINISTRATORS,
  'mails.test': ADMINISTRATORS,
  'mail-templates.list': EVERYBODY,
  'mail-templates.show': EVERYBODY,
  'mail-templates.preview': EVERYBODY,
  'mail-templates.change': ADMINISTRATORS,
  'mail-templates.reset': ADMINISTRATORS,

  'applications.list': EVERYBODY,
  'applications.show': EVERYBODY,
  'applications.add': ADMINISTRATORS,
  'applications.edit': ADMINISTRATORS,
  'applications.remove': ADMINISTRATORS,
  'applications.make-key': ADMINISTRATORS,
  'applications.revoke-key': ADMINISTRATORS,
  'applications.rotate-client-secret': ADMINISTRATORS,
  'oidc.rotate-keys': ADMINISTRATORS,
  'oidc.make-registration-token': ADMINISTRATORS,

  'radius-clients.list': EVERYBODY,
  'radius-clients.add': ADMINISTRATORS,
  'radius-clients.edit': ADMINISTRATORS,
  'radius-clients.rotate-secret': ADMINISTRATORS,
  'radius-clients.remove': ADMINISTRATORS,

  'policies.list': EVERYBODY,
  'policies.show': EVERYBODY,
  'policies.history': EVERYBODY,
  'policies.preview': EVERYBODY,
  'policies.explain': EVERYBODY,
  'policies.set': ADMINISTRATORS,
  'policies.undo': ADMINISTRATORS,

  'webhooks.list': OVERSEERS,
  'webhooks.show': OVERSEERS,
  'webhooks.add': ADMINISTRATORS,
  'webhooks.edit': ADMINISTRATORS,
  'webhooks.remove': ADMINISTRATORS,
  'webhooks.rotate-secret': ADMINISTRATORS,
  'webhooks.test': ADMINISTRATORS,
  'webhooks.deliveries': OVERSEERS,
  'webhooks.replay': ADMINISTRATORS,

  'syslog.show': OVERSEERS,
  'log-level.show': OVERSEERS,
  'log-level.set': ADMINISTRATORS,
  'retention.show': OVERSEERS,
  'retention.change': OWNERS,

  'audit.list': OVERSEERS,
  'audit.kinds': OVERSEERS,
  'audit.export': OVERSEERS,
  'audit.head': OVERSEERS,
  'audit.verify': OVERSEERS,

  /** all that is done at /scim/v2; the only one that is no act */
  'scim.provision': ['owner', 'administrator', 'provisioning'],
} as const satisfies Record<string, readonly Role[]>

export type ActName = keyof typeof PERMISSIONS

export function mayAct(role: Role, act: ActName): boolean {
  return (PERMISSIONS[act] as readonly Role[]).includes(role)
}

/**
 * Attack stopped: somebody who hands out more than they have, and uses it themselves. A role may give another only
 * where it may do all that the other may.
 */
export function mayGrant(role: Role, given: Role): boolean {
  return Object.values(PERMISSIONS).every((roles: readonly Role[]) => !roles.includes(given) || roles.includes(role))
}

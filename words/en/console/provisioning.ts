// Another directory that keeps people and groups here by SCIM.
export const provisioning = {
  'provisioning.title': 'Provisioning (SCIM)',
  'provisioning.why':
    'Another directory (Entra ID, Okta, authentik …) adds, changes, suspends and removes people here by itself, and keeps their groups. Give it this address and a token.',
  'provisioning.address': 'Address',
  'provisioning.make': 'Make a token',
  'provisioning.nameHint': 'Which directory uses it.',
  'provisioning.tokens': 'Tokens for provisioning',
  'provisioning.none': 'No directory provisions yet. Make a token for it; it opens nothing else.',
  'provisioning.revoke': 'Tokens are revoked under {place}.',
} as const

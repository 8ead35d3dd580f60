// What people read after they have signed out of a site that a proxy protects.
export const forwardAuth = {
  'left.title': 'You are signed out',
  'left.body': 'You can close this page.',
  'left.again': 'Back to {site}',
} as const

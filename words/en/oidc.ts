// Pages of the OpenID provider itself: seen only where an application and this server misunderstand each other.
export const oidc = {
  'oidc.error.title': 'This sign-in can’t continue',
  'oidc.error.body': 'Go back to the application and start again. If it happens again, tell whoever runs it.',
  'oidc.error.detail': 'Details:',
  'oidc.signedOut.title': 'You are signed out',
  'oidc.signedOut.body': 'The application has signed you out. You can close this page.',
  'oidc.entra.title': 'Back to Microsoft',
  'oidc.entra.noScript': 'Scripts are off in this browser. Press the button to continue.',
  'oidc.entra.goOn': 'Continue',
} as const

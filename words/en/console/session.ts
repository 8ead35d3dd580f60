// Signing in to the console.
export const session = {
  'signIn.title': 'Sign in to the console',
  'signIn.how': 'Use the passkey you made for it: your fingerprint, face, screen lock or security key.',
  'signIn.do': 'Sign in with a passkey',
  'signIn.ended': 'Your session has ended.',
  'signIn.lost': 'No passkey any more? Another owner can make a new link for you, and so can whoever runs the server:',

  'invitation.loading': 'Reading your link…',
  'invitation.title': 'Welcome to {organisation}',
  'invitation.role': 'You will run this installation as {role}.',
  'invitation.name': 'Your name',
  'invitation.nameHint': 'As the other operators and the audit log will call you.',
  'invitation.how': 'Your browser now makes a passkey. Your fingerprint, face or screen lock stays on your device.',
  'invitation.do': 'Make a passkey',
  'invitation.bad': 'This link is wrong, was used, or has expired.',
  'invitation.badMore': 'Ask whoever sent it for a new one. If you never used it yourself, tell them so.',
  'invitation.missing': 'Open your link once more, the whole of it.',
  'invitation.toSignIn': 'To the sign-in',

  'confirm.title': 'Is it still you?',
  'confirm.why': 'This needs your passkey once more, because you used it more than 5 minutes ago.',
  'confirm.do': 'Use passkey',

  'passkey.cancelled': 'Nothing was confirmed. Try again when you are ready.',
  'passkey.unsupported': 'This browser can’t use passkeys here. Use a current Chrome, Edge, Firefox or Safari.',
  'passkey.known': 'That passkey is yours already.',
  'passkey.failed': 'The passkey didn’t work. Try again.',
  'passkey.refused': 'That passkey was not accepted. If you have several, choose the one you made for the console.',
  'passkey.cloned':
    'This passkey seems to exist twice, so it was not accepted. Sign in with another one, and tell the other owners.',
} as const

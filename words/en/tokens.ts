// A token of the authenticator, looked at and changed.
export const tokens = {
  'asks.press': 'Press Approve when you sign in',
  'asks.notification': 'Press Approve on the notification',
  'asks.number.one': 'Type {count} digit from the sign-in page',
  'asks.number.other': 'Type {count} digits from the sign-in page',
  'asks.unlock': 'Unlock with fingerprint, face or screen lock',

  'token.renameTitle': 'Rename this token',
  'token.renameLabel': 'Name',
  'token.renameSave': 'Save',
  'token.removeTitle': 'Remove {label}?',
  'token.removeWhy': 'You can’t sign in with it any more. To get it back you need a new link from your organisation.',
  'token.removeOffline': 'The server couldn’t be told. Try again when you are online.',
  'token.user': 'User',
  'token.organisation': 'Organisation',
  'token.added': 'Added',
  'token.asks': 'Asks for',
  'token.gone': 'This token is not on this device.',
  'token.goneMore': 'It may have been removed here. To sign in with it again, ask your organisation for a new link.',
} as const

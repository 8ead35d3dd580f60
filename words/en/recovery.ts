// A recovery code at the login page; loaded apart from the page.
export const recovery = {
  'recovery.label': 'Recovery code',
  'recovery.hint': '16 letters and digits. Each works once.',
  'recovery.do': 'Sign in with this code',
  'recovery.wrong': 'That didn’t work. Is it a code you have not used yet?',
  'recovery.without':
    'No code? Ask your organisation’s help desk for a new activation link. They will check that it is you.',
  'recovery.refused': 'Ask your organisation’s help desk for a new activation link. They will check that it is you.',
  'recovery.account': 'Devices, codes and password: your account',
} as const

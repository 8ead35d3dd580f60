// Signing keys, and tokens with which programs register.
export const openidProvider = {
  'provider.why':
    'The keys by which applications know that it was this server change by themselves. Change them by hand when they may have leaked.',
  'provider.keys': 'New signing keys',
  'provider.keysTitle': 'Make new signing keys?',
  'provider.keysWhy': 'Applications look for them by themselves.',
  'provider.keysDo': 'Make new signing keys',
  'provider.keysNow': 'Make new signing keys, distrust the former at once',
  'provider.slowly': 'Change over slowly',
  'provider.slowlyHint': 'Published now, used in 48 hours; the former are kept for 30 days. Nobody notices.',
  'provider.leaked': 'The keys have leaked',
  'provider.leakedHint':
    'Used at once. What the former keys have signed is no longer valid: people may have to sign in again.',
  'provider.keysDone': 'New signing keys are published, and used from {time} on.',
  'provider.token': 'Registration token',
  'provider.tokenTitle': 'Make a registration token?',
  'provider.tokenWhy':
    'With it a program registers itself as an application, once, within a day. Whoever has it can do that.',
  'provider.tokenDo': 'Make the registration token',
  'provider.tokenMade': 'Copy the registration token now',
  'provider.tokenGood': 'Valid once, until {time}. It is shown here only.',
  'provider.tokenLabel': 'Registration token',
} as const

// What a person reads at an address of this server that has no page for them.
export const lost = {
  'nothing.title': 'There is nothing here',
  'nothing.body': 'The address may be mistyped, or old.',
  'nothing.codes': 'Go to your codes',
  'nothing.account': 'Go to your account',
  'busy.title': 'That did not work just now',
  'busy.body': 'Wait a moment, then load this page again.',
} as const

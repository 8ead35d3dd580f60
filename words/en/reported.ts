// What came of a report of a request: app and notifications say the same.
export const reported = {
  stopped: 'Reported. This sign-in was stopped.',
  over: 'Reported. This sign-in had already ended.',
  call: 'Reported. Your organisation is warned.',
  callLate: 'Reported. Somebody had already been confirmed as you.',
  late: 'Reported. A sign-in had already gone through.',
  password: 'Someone may know your password: change it now.',
} as const

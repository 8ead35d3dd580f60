// What notifications say: pushed by the server, shown by the worker.
export const notifications = {
  'notifications.signIn.title': 'Sign in to {application}?',
  'notifications.verifyCaller.title': 'Are you talking to {application}’s help desk?',
  'notifications.verifyCaller.body': 'This signs nobody in.',
  'notifications.newPlace': 'New place for you',
  'notifications.near': 'near {place}',
  'notifications.several': 'Several sign-ins are asking as {username}. Deny any you did not start.',

  'notifications.approve': 'Approve',
  'notifications.deny': 'Deny',
  'notifications.report': 'It wasn’t me!',

  'notifications.approved': 'Approved',
  'notifications.denied': 'Denied',
  'notifications.denied.body': 'Was this you?',
  'notifications.reported': 'Reported. This sign-in was stopped.',
  'notifications.reported.body': 'Someone may know your password: change it now.',
  'notifications.reported.late': 'Reported. A sign-in had already gone through.',
  'notifications.expired': 'Expired, nothing was approved',
  'notifications.cancelled': 'The sign-in page cancelled this',
  'notifications.answeredElsewhere': 'Answered on another device',
  'notifications.sending': 'Could not send. Trying again…',
  'notifications.notSent': 'Your answer could not be sent',
  'notifications.notSent.body': 'The request has ended. As far as this device knows, nothing was approved.',
  'notifications.notKept.body': 'Open the app to see why, and to answer there.',
  'notifications.tokenInactive': 'Your organisation must unlock this token',
  'notifications.tokenRemoved': 'Your organisation has removed this token',
  'notifications.deviceRemoved': 'This device was removed by your organisation',
  'notifications.refused': 'That didn’t work. Open the app to see why.',

  'notifications.test': 'Notifications work on this device.',
  'notifications.unknown': 'Open the app to see a request.',
} as const

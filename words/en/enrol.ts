// A token being added.
export const enrol = {
  'scan.title': 'Scan the activation link',
  'scan.how': 'Hold the QR code in front of the camera.',
  'scan.noCamera': 'The camera can’t be used. Type the code instead.',
  'scan.foreign': 'That is another QR code, not an activation link.',

  'handover.title': 'Scan with your phone',
  'handover.how': 'Point your phone’s camera at this code. The link works once.',
  'handover.label': 'QR code of your activation link',
  'handover.here': 'Use this computer instead',

  'prepare.title': 'Put this on your home screen first',
  'prepare.why':
    'An iPhone or iPad lets notifications through only to apps on the home screen. Such an app keeps its own data, so your token is added there.',
  'prepare.share': 'Press Share. Your browser may keep it behind its ••• button.',
  'prepare.install': 'Choose Add to Home Screen, then press Add.',
  'prepare.copy': 'Come back here and press Copy code.',
  'prepare.paste': 'Open the app on your home screen, and press Paste code there.',
  'prepare.code': 'Your activation code',
  'prepare.here': 'Use this browser instead',

  'enrol.step.you': 'You',
  'enrol.step.install': 'Install',
  'enrol.step.notifications': 'Notifications',
  'enrol.step.unlock': 'Unlock',
  'enrol.opening': 'Reading your activation code…',
  'enrol.badCode': 'Code wrong, used or expired. Ask for a new one.',
  'enrol.another': 'Use another code',

  'enrol.you.title': 'Add a token for {username} at {organisation}?',
  'enrol.you.organisation': 'Organisation',
  'enrol.you.user': 'User',
  'enrol.you.asks': 'What it asks of you',
  'enrol.you.pin':
    'This token asks for a PIN, which this version can’t do. Ask your organisation for another kind of token.',
  'enrol.you.held':
    'This device has a token for {username} already. Add another only if your organisation asked you to.',
  'enrol.you.add': 'Add this token',
  'enrol.you.no': 'Not me',

  'enrol.install.title': 'Put this on your home screen',
  'enrol.install.why':
    'So that requests reach you when it is closed. Browsers may switch off notifications of sites that are not installed.',
  'enrol.install.do': 'Install',
  'enrol.install.skip': 'Not now',

  'enrol.notifications.title': 'Let requests reach you',
  'enrol.notifications.why': 'So we can ask you the moment someone signs in as you.',
  'enrol.notifications.allow': 'Allow notifications',
  'enrol.notifications.asking': 'Asking your browser…',
  'enrol.notifications.without': 'Continue without',
  'enrol.notifications.deniedTitle': 'Notifications are blocked',
  'enrol.notifications.slowTitle': 'The push service isn’t answering.',
  'enrol.notifications.slow': 'You can finish later.',
  'enrol.notifications.unsupportedTitle': 'This browser has no notifications',

  'enrol.unlock.title': 'Lock this token to you',
  'enrol.unlock.why': 'Your fingerprint, face or screen lock will unlock this token. It never leaves this device.',
  'enrol.unlock.twice': 'Your browser asks twice: once to make the key, once to prove that it works.',
  'enrol.unlock.do': 'Set up unlock',
  'enrol.unlock.busy': 'Waiting for your unlock…',
  'enrol.unlock.impossible':
    'This browser can’t lock your token. Use Chrome or Safari, or ask your organisation for another kind of token.',
  'enrol.unlock.cancelled': 'Unlock was cancelled. The token isn’t added yet.',
  'enrol.unlock.failed': 'Unlock didn’t work. The token isn’t added yet.',

  'enrol.activating': 'Adding your token…',
  'enrol.failed': 'The token couldn’t be added.',
  'enrol.tooMany': 'You have as many devices as your organisation allows. Remove one first.',
  'enrol.password': 'Your password',
  'enrol.password.title': 'Is it you?',
  'enrol.password.why': 'Your organisation asks for your password too.',
  'enrol.wrongPassword': 'That is not your password.',
  'enrol.wrongPasscode':
    'The server and this device didn’t agree on the token. Check this device’s clock, then try again.',

  'enrol.test.sending': 'Sending you a test…',
  'enrol.test.waiting': 'A notification should come up in a moment.',
  'enrol.test.works': 'It works.',
  'enrol.test.worksMore': 'Requests will reach you on this device.',
  'enrol.test.nothing': 'No notification yet.',
  'enrol.test.nothingMore': 'It may come late. You can always open the app to approve.',
  'enrol.test.without': 'Your token is ready.',
  'enrol.test.withoutMore': 'Open the app to approve; notifications can be turned on in Settings.',

  'enrol.notifications.stillOpen': 'You can still open the app to approve.',

  'device.defaultName': '{browser} on {platform}',
} as const

// Words of the components themselves; they know nothing of sign-ins.
export const ui = {
  'password.show': 'Show',
  'password.hide': 'Hide',
  'password.showLabel': 'Show {field}',
  'password.hideLabel': 'Hide {field}',
  'ring.label': 'Time left',
  'ring.left.one': '{count} second left',
  'ring.left.other': '{count} seconds left',
  'ring.over': 'Time is over',
  'sheet.later': 'Decide later',
  'dialog.cancel': 'Cancel',
  'steps.position': 'Step {current} of {total}',
  'banner.dismiss': 'Dismiss',
  'qr.label': 'QR code',
} as const

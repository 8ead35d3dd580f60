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
  'sheet.close': 'Close',
  'sheet.later': 'Decide later',
  'steps.position': 'Step {current} of {total}',
  'qr.label': 'QR code',
} as const

// Addresses that nobody signs in from.
export const blocks = {
  'blocks.title': 'Blocked addresses',
  'blocks.why':
    'Nobody signs in from there, and what is being asked from there when a block begins is taken off the devices. A block ends by itself.',
  'blocks.none': 'No address is blocked.',
  'blocks.block': 'Block an address',
  'blocks.blockDo': 'Block it, refuse everybody there',
  'blocks.address': 'Address',
  'blocks.addressHint': 'Or a network, such as 203.0.113.0/24.',
  'blocks.for': 'For how long?',
  'blocks.for.1': 'An hour',
  'blocks.for.24': 'A day',
  'blocks.for.168': 'A week',
  'blocks.until': 'Until',
  'blocks.by': 'By',
  'blocks.reason': 'Why',
  'blocks.unblock': 'Unblock',
  'blocks.unblockTitle': 'Unblock {address}?',
  'blocks.unblockWhy': 'People can sign in from there again at once.',
  'blocks.unblockDo': 'Unblock {address}',
} as const

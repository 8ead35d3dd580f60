// The directory behind the passwords (LDAP).
export const directory = {
  'directory.title': 'Directory (LDAP)',
  'directory.none':
    'No directory is set up: people’s passwords are kept here. COUNTERSIGN_LDAP in the server’s settings names one.',
  'directory.creates':
    'People below {base} enter with their password there, and get an account here at their first sign-in.',
  'directory.keeps': 'People below {base} who are known here enter with their password there.',
  'directory.down':
    'No server of the directory answers. Its people can’t sign in just now; people with a password here can.',
  'directory.unasked': 'Not asked yet',
  'directory.reached': 'Answers since {time}',
  'directory.failing': 'Does not answer since {time}',
  'directory.try': 'Try a user name',
  'directory.tryWhy':
    'What the directory shows under it, and whether they would be let in. No password is asked for; that you looked is recorded in the audit log.',
  'directory.look': 'Look',
  'directory.letIn': 'Found. With the right password they would be let in.',
  'directory.groups': 'Groups',
  'directory.noGroups': 'None of those that are kept here',
  'directory.entry': 'Entry',
  'directory.refused.not-found': 'Nobody: the filter finds no entry of this name.',
  'directory.refused.ambiguous': 'Would be refused: the filter finds more than one entry of this name.',
  'directory.refused.disabled': 'Would be refused: the account is disabled there.',
  'directory.refused.incomplete':
    'Would be refused: the entry has no user name or no id in the attributes that the settings name.',
  'directory.refused.bad-name': 'Would be refused: such a user name can’t be used here.',
  'directory.refused.name-taken':
    'Would be refused: somebody else here has this user name, with a password or an id from elsewhere.',
  'directory.refused.not-created':
    'Would be refused: nobody here has this user name, and the settings let nobody be added by signing in.',
  'directory.refused.suspended': 'Would be refused: suspended here.',
} as const

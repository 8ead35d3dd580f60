// What mails say until an operator says it otherwise. A paragraph that is a link alone becomes a button.
export const mail = {
  activation: {
    about: 'With an activation link, when an operator sends one',
    subject: 'Set up your sign-in for {organisation}',
    body: `Hello {name},

{organisation} asks you to confirm your sign-ins on a device of yours. Open this link on the phone or computer that you want to use:

{link}

It works once, until {until}. You will sign in as {username}.

If you did not expect this, do nothing, and tell {organisation}. Nobody at {organisation} will ever ask you for this link.`,
  },
  'device-added': {
    about: 'When a device was added to an account',
    subject: 'A device was added for {username} at {organisation}',
    body: `Hello {name},

{device} can now approve sign-ins as {username} at {organisation}. It was added on {time}.

Was it you? Then there is nothing to do. If not, open your account and choose “It wasn’t me!”:

{link}`,
  },
  'device-removed': {
    about: 'When a device was removed from an account',
    subject: 'A device was removed for {username} at {organisation}',
    body: `Hello {name},

{device} can no longer approve sign-ins as {username} at {organisation}. It was removed on {time}.

If it was neither you nor somebody you asked, tell {organisation} at once:

{link}`,
  },
  'password-changed': {
    about: 'When a password was changed',
    subject: 'Your password at {organisation} was changed',
    body: `Hello {name},

The password of {username} at {organisation} was changed on {time}.

Was it you? Then there is nothing to do. If not, somebody else may sign in as you. Tell {organisation} at once:

{link}`,
  },
  'recovery-codes-made': {
    about: 'When new recovery codes were made',
    subject: 'New recovery codes for {username} at {organisation}',
    body: `Hello {name},

New recovery codes for {username} at {organisation} were made on {time}. Earlier codes no longer work.

If it was not you, open your account and see what happened:

{link}`,
  },
  'recovery-code-used': {
    about: 'When somebody signed in with a recovery code',
    subject: 'A recovery code of {username} at {organisation} was used',
    body: `Hello {name},

Somebody signed in as {username} at {organisation} with a recovery code on {time}.

If it was not you, open your account and choose “It wasn’t me!”:

{link}`,
  },
  'help-desk-acted': {
    about: 'When the help desk did something for somebody',
    subject: 'The help desk of {organisation} changed something for you',
    body: `Hello {name},

{what}

That was on {time}, for {username}. If you did not ask for it, tell {organisation} at once, on a number that you know:

{link}`,
  },
  'account-changed': {
    about: 'When something else changed about an account',
    subject: 'Something changed about your account at {organisation}',
    body: `Hello {name},

{what}

That was on {time}, for {username}. If it was not you, open your account and choose “It wasn’t me!”:

{link}`,
  },
  'report-received': {
    about: 'When somebody reported a sign-in that was not theirs',
    subject: '{organisation} has received your report',
    body: `Hello {name},

You reported a sign-in as {username} on {time} that was not you. Whatever still asked as you was stopped, and requests to you pause for a while.

Someone may know your password. Change it:

{link}`,
  },
  'address-code': {
    about: 'With a code, when somebody gives an address for notices',
    subject: 'Confirm this address for {organisation}',
    body: `Hello {name},

Somebody who is signed in as {username} at {organisation} wants notices about the account to go to this address. If that was you, type this code at your account:

{code}

It works until {until}. If it was not you, do nothing: without the code nothing more is sent here.`,
  },
  test: {
    about: 'When an operator tries whether mail works',
    subject: 'Mail from {organisation} works',
    body: `This is a test that {operator} has sent from the console of {organisation}.

It works.`,
  },
} as const

/** What stands in a preview for what is filled in. */
export const mailExamples = {
  name: 'Alice',
  username: 'alice',
  link: 'https://login.example.org/enrol#0123456789abcdefghjkmnpqrs',
  code: '01234-56789-ABCDE-FGHJK-MNPQR-S',
  until: '3 February 2026 at 09:41 UTC',
  time: '2 February 2026 at 09:41 UTC',
  device: 'Chrome on Android',
  what: 'A new activation link was made for you.',
  operator: 'alice',
} as const

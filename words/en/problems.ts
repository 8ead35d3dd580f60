// What a person is told when a call is refused, by the slug of the problem. A page composes only those it can meet.
export const problems = {
  'problem.too-many-requests': 'Too many tries. Wait a moment, then try again.',
  'problem.unavailable': 'The server can’t answer just now. Try again in a moment.',
  'problem.unreachable': 'The server can’t be reached. Check your connection, then try again.',
  'problem.storage':
    'This browser doesn’t let us keep anything. Close other windows of this app, or leave private browsing.',
  'problem.unknown': 'That didn’t work. Try again. If it keeps happening, ask your organisation.',
} as const

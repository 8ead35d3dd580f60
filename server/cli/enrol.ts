// `enrol`: an activation link for one person's next token.
import { renderUnicodeCompact } from 'uqr'
import * as z from 'zod/mini'
import type { NumberDigits } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { duration, milliseconds } from '../admin/typed/duration.ts'
import { findUser } from '../directory/rows.ts'
import { createEnrolment } from '../enrolment/create.ts'
import { command } from './command.ts'

const input = z.object({
  username: z.string(),
  unlock: z.optional(z.enum(['none', 'webauthn'], 'must be none or webauthn')),
  approval: z.optional(z.enum(['standard', 'enhanced'], 'must be standard or enhanced')),
  'number-matching': z.optional(z.enum(['on', 'off'], 'must be on or off')),
  digits: z.optional(z.enum(['2', '3', '6'], 'must be 2, 3 or 6')),
  expires: z._default(duration, '24h'),
})

export const enrol = command({
  name: 'enrol',
  operands: ['username'],
  summary: 'makes an activation link, good once',
  options: {
    unlock: { value: 'none|webauthn', about: 'whether the token is locked by fingerprint, face or screen lock' },
    approval: { value: 'standard|enhanced', about: 'enhanced: approved on the notification, the app never opens' },
    'number-matching': { value: 'on|off', about: 'whether a number is typed from the sign-in page; not with enhanced' },
    digits: { value: '2|3|6', about: 'how long that number is' },
    expires: { value: '24h', about: 'how long the link is good: 10m, 24h, 7d' },
  },
  input,
  run: async (given, room) => {
    const created = await room.withParts(async (parts) => {
      const user = await findUser(parts.store.read, given.username)
      if (!user) throw new Problem('unknown-user')
      return createEnrolment(parts, {
        user: user.id,
        policy: wishes(given),
        expiresInMs: milliseconds(given.expires),
      })
    })
    const { raised, ...link } = created
    const lines = activationLines(given.username, link)
    if (raised.length === 0) return { json: link, lines }
    return { json: created, lines: [...lines, '', `The policy asks for more: ${raised.join(', ')}.`] }
  },
})

/** What was not typed is left to the policy. */
function wishes({ unlock, approval, 'number-matching': matching, digits }: z.infer<typeof input>) {
  return {
    ...(unlock && { unlock }),
    ...(approval && { approval }),
    ...(matching && { numberMatching: matching === 'on' }),
    ...(digits && { numberDigits: Number(digits) as NumberDigits }),
  }
}

/** The link as text and as a QR code that a phone reads from the screen. */
function activationLines(username: string, link: { activationUrl: string; expiresAt: string }): string[] {
  return [
    `Activation link for ${username}, good once and until ${link.expiresAt}:`,
    '',
    `  ${link.activationUrl}`,
    '',
    ...qrLines(link.activationUrl),
  ]
}

export function qrLines(text: string): string[] {
  return renderUnicodeCompact(text, { border: 2 })
    .split('\n')
    .map((line) => `  ${line}`)
}

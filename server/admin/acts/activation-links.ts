// The links by which people make tokens, one at a time.
import {
  activationLink,
  createEnrolmentCall,
  enrolmentDeed,
  enrolmentList,
  listEnrolmentsCall,
} from '../../../protocol/operator-api/activation-links.ts'
import { makeLink } from '../../enrolment/link.ts'
import { listEnrolments, withdraw } from '../../enrolment/overview.ts'
import { resendLink } from '../../enrolment/send.ts'
import { act } from '../act.ts'
import { CURSOR, more } from '../typed/paging.ts'
import { table } from '../typed/table.ts'
import { WHY } from './why.ts'

export const activationLinkActs = [
  act({
    name: 'enrolments.list',
    http: ['GET', '/enrolments'],
    summary: 'shows the activation links of a person, the newest first, or all that are open, a hundred at a time',
    input: listEnrolmentsCall,
    output: enrolmentList,
    cli: {
      name: 'enrolment list',
      operands: [],
      options: {
        search: { value: 'TEXT', about: 'only of people of whose names each word is a beginning' },
        cursor: CURSOR,
      },
      lines: ({ enrolments, next }) => [
        ...(enrolments.length === 0
          ? ['No link is open.']
          : table(enrolments.map(({ id, user, state, expiresAt }) => [id, user.username, state, expiresAt]))),
        ...more(next),
      ],
    },
    run: listEnrolments,
  }),
  act({
    name: 'enrolments.create',
    http: ['POST', '/enrolments'],
    summary: 'makes an activation link for a person’s next token, good once',
    dangerous: true,
    helps: true,
    input: createEnrolmentCall,
    output: activationLink,
    status: 201,
    run: (parts, { user, reason, expiresInMinutes, ...policy }, by) => {
      const given = Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined))
      const expiresInMs = expiresInMinutes === undefined ? {} : { expiresInMs: expiresInMinutes * 60_000 }
      return makeLink(parts, { user, reason, policy: given, ...expiresInMs }, by)
    },
  }),
  act({
    name: 'enrolments.withdraw',
    http: ['POST', '/enrolments/:id/withdraw'],
    summary: 'withdraws an activation link; it stops working at once',
    helps: true,
    input: enrolmentDeed,
    cli: {
      name: 'enrolment withdraw',
      operands: ['id'],
      options: WHY,
      lines: (_output, { id }) => [`Withdrew ${id}.`],
    },
    run: withdraw,
  }),
  act({
    name: 'enrolments.resend',
    http: ['POST', '/enrolments/:id/resend'],
    summary: 'mails a new link in the place of one that was not used; the old one stops working',
    dangerous: true,
    helps: true,
    input: enrolmentDeed,
    cli: {
      name: 'enrolment resend',
      operands: ['id'],
      options: WHY,
      lines: () => ['A new link is on its way.'],
    },
    run: async (parts, asked, by) => void (await resendLink(parts, asked, by)),
  }),
]

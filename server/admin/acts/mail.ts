// Mail: what waits, and what came of it.
import {
  listMailsCall,
  mailList,
  retriedMails,
  testMailCall,
  testMailSent,
} from '../../../protocol/operator-api/mail.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import { mailQueue, retryMails, sendTestMail } from '../../mail/queue.ts'
import { act } from '../act.ts'
import { CURSOR, more } from '../typed/paging.ts'
import { table } from '../typed/table.ts'

export const mailActs = [
  act({
    name: 'mails.list',
    http: ['GET', '/mails'],
    summary: 'shows how mail goes: what waits, and what came of each, a hundred at a time, newest first',
    input: listMailsCall,
    output: mailList,
    cli: {
      name: 'mail list',
      operands: [],
      options: {
        state: { value: 'waiting|sent|failed|cancelled', about: 'only those' },
        cursor: CURSOR,
      },
      lines: ({ server, waiting, tried, mails, next }) => [
        server === null ? 'Mail is not set up.' : `By ${server.host}, from ${server.from}.`,
        `${waiting} wait, ${tried} of them tried in vain.`,
        ...table(
          mails.map(({ createdAt, state, template, to, error }) => [createdAt, state, template, to, error ?? '']),
        ),
        ...more(next),
      ],
    },
    run: mailQueue,
  }),
  act({
    name: 'mails.retry',
    http: ['POST', '/mails/retry'],
    summary: 'tries all mails that wait again at once',
    helps: true,
    input: nothing,
    output: retriedMails,
    cli: { name: 'mail retry', operands: [], lines: ({ count }) => [`${count} are tried again.`] },
    run: async (parts) => ({ count: await retryMails(parts) }),
  }),
  act({
    name: 'mails.test',
    http: ['POST', '/mails/test'],
    summary: 'sends a mail to see that mail works',
    helps: true,
    input: testMailCall,
    output: testMailSent,
    status: 202,
    cli: {
      name: 'mail test',
      operands: ['to'],
      lines: (_output, { to }) => [`On its way to ${to}; npx countersign mail list says what came of it.`],
    },
    run: async (parts, { to }, by) => ({ id: await sendTestMail(parts, to, by) }),
  }),
]

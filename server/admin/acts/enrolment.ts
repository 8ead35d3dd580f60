// Enrolling many people: who has no token yet, and links for all of them.
import {
  enrolManyCall,
  listUnenrolledCall,
  type MadeLinks,
  madeLinks,
  unenrolledList,
} from '../../../protocol/operator-api/enrolment.ts'
import { Problem } from '../../../protocol/problems.ts'
import type { Assembly } from '../../assemble.ts'
import { knownGroupByName } from '../../directory/groups.ts'
import { enrolMany, listUnenrolled } from '../../enrolment/many.ts'
import { act } from '../act.ts'
import { duration, milliseconds } from '../typed/duration.ts'
import type { Given } from '../typed/option.ts'
import { CURSOR, more } from '../typed/paging.ts'
import { table } from '../typed/table.ts'

const GROUP = { value: 'NAME', about: 'only who belongs to this group' }

/** People type names. @throws {Problem} unknown-group */
async function groupNamed({ group }: Given, { store }: Assembly): Promise<{ group?: string }> {
  if (group === undefined) return {}
  return { group: (await knownGroupByName(store.read, String(group))).id }
}

/** '7d' as minutes. @throws {Problem} invalid */
function minutesIn(text: Given[string]): number | undefined {
  if (text === undefined) return undefined
  const read = duration.safeParse(text)
  if (!read.success) throw new Problem('invalid', { members: { errors: { '/expires': 'must be such as 24h or 7d' } } })
  return Math.round(milliseconds(read.data) / 60_000)
}

const links = ({ links, next }: MadeLinks) => [
  ...(links.length === 0 ? ['Nobody.'] : []),
  ...table(links.map((link) => [link.user.username, link.mailedTo ?? link.activationUrl ?? ''])),
  ...(next === null ? [] : ['', ...more(next)]),
]

export const enrolmentActs = [
  act({
    name: 'enrolments.unenrolled',
    http: ['GET', '/unenrolled'],
    summary: 'shows who has no token yet, a hundred at a time, who was added last first',
    input: listUnenrolledCall,
    output: unenrolledList,
    cli: {
      name: 'enrolment missing',
      operands: [],
      options: { group: GROUP, cursor: CURSOR },
      input: async (given, parts) => ({ ...(await groupNamed(given, parts)), cursor: given.cursor }),
      lines: ({ count, people, next }) => [
        `${count} have no token.`,
        ...table(
          people.map(({ username, displayName, email, link }) => [
            username,
            displayName,
            email ?? '',
            link === null ? 'no link yet' : `link ${link.state}`,
          ]),
        ),
        ...more(next),
      ],
    },
    run: listUnenrolled,
  }),
  act({
    name: 'enrolments.create-many',
    http: ['POST', '/enrolment-batches'],
    summary: 'makes activation links for a hundred people at a time, and mails them if wanted; links they had end',
    input: enrolManyCall,
    output: madeLinks,
    status: 201,
    dangerous: true,
    cli: {
      name: 'enrolment make',
      operands: [],
      options: {
        group: GROUP,
        everybody: { about: 'those of the group who have a token too' },
        mail: { about: 'sends them by mail to those who have an address' },
        unlock: { value: 'none|webauthn', about: 'whether the token is locked by fingerprint, face or screen lock' },
        expires: { value: '24h', about: 'how long the links are good: 10m, 24h, 7d' },
        reason: { value: 'TEXT', about: 'why, for the audit log' },
        cursor: CURSOR,
      },
      input: async (given, parts) => ({
        who: given.everybody ? 'group' : 'unenrolled',
        ...(await groupNamed(given, parts)),
        delivery: given.mail ? 'mail' : 'show',
        unlock: given.unlock,
        expiresInMinutes: minutesIn(given.expires),
        reason: given.reason,
        cursor: given.cursor,
      }),
      lines: links,
    },
    run: enrolMany,
  }),
]

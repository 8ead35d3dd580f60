// 'It wasn’t me!', as an inbox.
import type { LiveRequest } from '../../../protocol/operator-api/live.ts'
import {
  closeReportCall,
  listReportsCall,
  noteReportCall,
  reportList,
  reportPath,
  reportShown,
  reportView,
  takeReportCall,
} from '../../../protocol/operator-api/reports.ts'
import type { Assembly } from '../../assemble.ts'
import { closeReport, listReports, noteReport, showReport, takeReport } from '../../watching/reports.ts'
import { act } from '../act.ts'
import type { Given } from '../typed/option.ts'
import { CURSOR, more } from '../typed/paging.ts'
import { table } from '../typed/table.ts'

const asked = ({ createdAt, application, state, reason, ip, location }: LiveRequest) => [
  createdAt,
  application.name,
  reason ?? state,
  ip ?? '',
  location ?? '',
]

/** Whoever types has just seen it. */
const latest = async (given: Given, parts: Assembly) => ({
  ...given,
  version: (await showReport(parts, String(given.id))).version,
})

export const reportActs = [
  act({
    name: 'reports.list',
    http: ['GET', '/reports'],
    summary: 'shows who said ‘It wasn’t me!’, newest first, a hundred at a time, and how many are open',
    input: listReportsCall,
    output: reportList,
    every: 5000,
    cli: {
      name: 'report list',
      operands: [],
      options: {
        state: { value: 'open|closed', about: 'open if absent' },
        cursor: CURSOR,
      },
      lines: ({ reports, next }) => [
        ...(reports.length === 0
          ? ['None.']
          : table(
              reports.map((report) => [
                report.at,
                report.user.username ?? report.user.id,
                report.application?.name ?? report.notice?.kind ?? '',
                report.redeemed ? 'signed in' : report.notice ? 'account' : 'not used',
                report.takenBy ?? 'not taken',
                report.id,
              ]),
            )),
        ...more(next),
      ],
    },
    run: listReports,
  }),
  act({
    name: 'reports.show',
    http: ['GET', '/reports/:id'],
    summary: 'shows one report with everything needed to act',
    input: reportPath,
    output: reportShown,
    cli: {
      name: 'report show',
      operands: ['id'],
      lines: (report) => [
        `${report.user.username ?? report.user.id} at ${report.at}: ${report.notice?.kind ?? report.application?.name ?? ''}, ${report.redeemed ? 'a sign-in was made of it' : 'no sign-in was made of it'}.`,
        report.closedBy === null ? `Taken by ${report.takenBy ?? 'nobody'}.` : `Closed by ${report.closedBy}.`,
        ...(report.request ? table([asked(report.request)]) : []),
        ...report.devices.map(({ id, name }) => `Device: ${name} (${id})`),
        ...report.notes.map(({ at, by, text }) => `${at} ${by}: ${text}`),
      ],
    },
    run: (parts, { id }) => showReport(parts, id),
  }),
  act({
    name: 'reports.take',
    http: ['POST', '/reports/:id/take'],
    summary: 'says that one deals with a report; taking over from somebody is allowed',
    input: takeReportCall,
    output: reportView,
    versioned: true,
    cli: {
      name: 'report take',
      operands: ['id'],
      input: latest,
      lines: ({ takenBy }) => [`${takenBy} deals with it.`],
    },
    run: takeReport,
  }),
  act({
    name: 'reports.note',
    http: ['POST', '/reports/:id/notes'],
    summary: 'adds to what is known of a report',
    input: noteReportCall,
    output: reportView,
    cli: {
      name: 'report note',
      operands: ['id', 'text'],
      lines: () => ['Noted.'],
    },
    run: noteReport,
  }),
  act({
    name: 'reports.close',
    http: ['POST', '/reports/:id/close'],
    summary: 'closes a report',
    input: closeReportCall,
    output: reportView,
    versioned: true,
    cli: {
      name: 'report close',
      operands: ['id'],
      options: { note: { value: 'TEXT', about: 'what came of it' } },
      input: latest,
      lines: () => ['Closed.'],
    },
    run: closeReport,
  }),
]

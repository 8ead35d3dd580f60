// 'It wasn’t me!', as an inbox.
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
import { table } from '../../cli/table.ts'
import { closeReport, listReports, noteReport, showReport, takeReport } from '../../watching/reports.ts'
import { act } from '../act.ts'

export const reportActs = [
  act({
    name: 'reports.list',
    http: ['GET', '/reports'],
    summary: 'shows who said ‘It wasn’t me!’, newest first: 200 at most, and how many are open',
    input: listReportsCall,
    output: reportList,
    every: 5000,
    cli: {
      name: 'report list',
      operands: [],
      options: { state: { value: 'open|closed', about: 'open if absent' } },
      lines: ({ reports }) =>
        reports.length === 0
          ? ['None.']
          : table(
              reports.map((report) => [
                report.at,
                report.user.username ?? report.user.id,
                report.application?.name ?? report.notice?.kind ?? '',
                report.redeemed ? 'signed in' : report.notice ? 'account' : 'stopped',
                report.takenBy ?? 'not taken',
                report.id,
              ]),
            ),
    },
    run: (parts, { state }) => listReports(parts, state),
  }),
  act({
    name: 'reports.show',
    http: ['GET', '/reports/:id'],
    summary: 'shows one report with everything needed to act',
    input: reportPath,
    output: reportShown,
    run: (parts, { id }) => showReport(parts, id),
  }),
  act({
    name: 'reports.take',
    http: ['POST', '/reports/:id/take'],
    summary: 'says that one deals with a report; taking over from somebody is allowed',
    input: takeReportCall,
    output: reportView,
    versioned: true,
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
    run: closeReport,
  }),
]

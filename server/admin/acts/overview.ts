// How things stand.
import { overviewCall, overviewView } from '../../../protocol/operator-api/overview.ts'
import { overview } from '../../watching/overview.ts'
import { act } from '../act.ts'

export const overviewActs = [
  act({
    name: 'overview.show',
    http: ['GET', '/overview'],
    summary: 'shows how things stand: who needs help, whether there is an attack, whether pushes arrive',
    input: overviewCall,
    output: overviewView,
    every: 5000,
    cli: {
      name: 'overview',
      operands: [],
      lines: ({ now, reports, paused, locked }) => [
        `${now.requests} sign-ins asked, ${now.approved} approved, ${now.denied} denied, ${now.expired} without an answer.`,
        `${reports.open} open reports, ${paused.count} people paused, ${locked.count} locked.`,
      ],
    },
    run: (parts, { since }) => overview(parts, since === undefined ? undefined : Date.parse(since)),
  }),
]

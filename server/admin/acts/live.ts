// Requests as they come and go.
import { liveCall, liveView } from '../../../protocol/operator-api/live.ts'
import { liveRequests, SEARCHED } from '../../watching/live.ts'
import { act } from '../act.ts'
import { table } from '../typed/table.ts'

export const liveActs = [
  act({
    name: 'live.watch',
    http: ['GET', '/live'],
    summary: 'shows the latest requests, newest first, with what became of each',
    input: liveCall,
    output: liveView,
    every: 1500,
    cli: {
      name: 'live',
      operands: [],
      options: {
        state: { value: 'pending|approved|denied|expired|cancelled', about: 'only those' },
        delivery: { value: 'none|queued|failed|sent|shown', about: 'only those whose push got so far' },
        address: { value: 'IP', about: 'only those that were made from there' },
      },
      lines: ({ requests }) =>
        requests.length === 0
          ? ['Nothing yet.']
          : table(
              requests.map((request) => [
                request.createdAt,
                request.reason ?? request.state,
                request.delivery,
                request.user.username,
                request.application.name,
                request.location ?? request.ip ?? '',
              ]),
            ),
    },
    run: async (parts, asked) => ({ requests: await liveRequests(parts, asked), searched: SEARCHED }),
  }),
]

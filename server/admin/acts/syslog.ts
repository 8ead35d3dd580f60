// Whether the audit log reaches the organisation's syslog receiver, which the server's settings name.
import { timeOrNull } from '../../../protocol/login-request.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import { syslogView } from '../../../protocol/operator-api/syslog.ts'
import { syslogState } from '../../syslog/cursor.ts'
import { act } from '../act.ts'

export const syslogActs = [
  act({
    name: 'syslog.show',
    http: ['GET', '/syslog'],
    summary: 'shows whether the audit log reaches the syslog receiver',
    input: nothing,
    output: syslogView,
    cli: {
      name: 'syslog',
      operands: [],
      lines: ({ receiver, sent, position, failingSince, missed }) =>
        receiver === null
          ? ['No receiver is set up: COUNTERSIGN_SYSLOG names one.']
          : [
              `${receiver} has ${sent} of ${position} entries.`,
              ...(failingSince === null ? [] : [`It has not accepted deliveries since ${failingSince}.`]),
              ...(missed === 0 ? [] : [`${missed} entries were deleted before they were delivered.`]),
            ],
    },
    run: async ({ store, config }) => {
      const { failingSince, ...state } = await syslogState(store)
      const since = timeOrNull(failingSince)
      return { receiver: config.syslog?.host ?? null, ...state, failingSince: since }
    },
  }),
]

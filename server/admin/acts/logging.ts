// How much the servers write to their logs.
import { type LogLevelView, logLevelView, setLogLevelCall } from '../../../protocol/operator-api/logging.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import { logLevel, setLogLevel } from '../../logging/level.ts'
import { act } from '../act.ts'

const lines = ({ level, until }: LogLevelView) =>
  level === null
    ? ['Each server logs as its own setting says.']
    : [`Every server logs from ${level} on until ${until}, then as its own setting says.`]

export const loggingActs = [
  act({
    name: 'log-level.show',
    http: ['GET', '/log-level'],
    summary: 'shows whether the servers log at another level for a while',
    input: nothing,
    output: logLevelView,
    cli: { name: 'log show', operands: [], lines },
    run: (parts) => logLevel(parts),
  }),
  act({
    name: 'log-level.set',
    http: ['PUT', '/log-level'],
    summary: 'makes every server log at another level for a while, without starting it anew',
    helps: true,
    input: setLogLevelCall,
    output: logLevelView,
    cli: {
      name: 'log level',
      operands: ['level'],
      options: { minutes: { value: 'MINUTES', about: 'for how long; 60 if absent, at most 1440' } },
      input: async ({ level, minutes }) => ({
        level: level === 'usual' ? null : level,
        ...(minutes !== undefined && { minutes: Number(minutes) }),
      }),
      lines,
    },
    run: (parts, asked, by) => setLogLevel(parts, asked, by),
  }),
]

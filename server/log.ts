// One JSON object a line on stderr; stdout belongs to what people read.
import pino from 'pino'
import type { LogThreshold } from './config-values.ts'

type Write = (about: Record<string, unknown>, message: string) => void
export type Logger = { debug: Write; info: Write; warn: Write; error: Write }

/** Members that are never meant to be logged; should one slip in, its value is not written. */
const SECRETS = [
  'apiKey',
  'authorization',
  'binding',
  'clientSecret',
  'code',
  'cookie',
  'dpop',
  'key',
  'number',
  'passcode',
  'password',
  'secret',
  'x-request-secret',
]

const paths = SECRETS.flatMap((name) => ['', '*.', '*.*.'].map((depth) => `${depth}["${name}"]`.replace('.[', '[')))

/** `ECONNREFUSED`, `SQLITE_BUSY`: names of errors that Node and the stores give, not what anybody could sign in with. */
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]+$/

function withSystemCode(error: Error & { code?: unknown }): object {
  const written = pino.stdSerializers.err(error)
  const { code } = error
  return typeof code === 'string' && SYSTEM_CODE.test(code) ? { ...written, systemCode: code } : written
}

type Sink = { write(line: string): void }

/** @param sink where lines go; stderr unless a test reads them */
export function logger(level: LogThreshold, sink: Sink = process.stderr): Logger & { level: string } {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'message',
      errorKey: 'error',
      serializers: { error: withSystemCode },
      redact: { paths, censor: '[secret]' },
    },
    sink,
  )
}

/** Every line carries these members too, e.g. the id of the HTTP request it belongs to. */
export function within(log: Logger, about: Record<string, unknown>): Logger {
  const carry =
    (write: Write): Write =>
    (more, message) =>
      write({ ...about, ...more }, message)
  return {
    debug: carry((a, m) => log.debug(a, m)),
    info: carry((a, m) => log.info(a, m)),
    warn: carry((a, m) => log.warn(a, m)),
    error: carry((a, m) => log.error(a, m)),
  }
}

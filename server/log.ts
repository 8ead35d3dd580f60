// One JSON object a line on stderr; stdout belongs to what people read.
import pino from 'pino'
import type { LogThreshold } from './config-values.ts'

type Write = (about: Record<string, unknown>, message: string) => void
export type Logger = { debug: Write; info: Write; warn: Write; error: Write }

/** Members that are never meant to be logged; should one slip in, its value is not written. In small letters. */
const SECRETS = new Set([
  'access_token',
  'apikey',
  'apitoken',
  'auth',
  'authorization',
  'binding',
  'client_assertion',
  'client_secret',
  'clientsecret',
  'code',
  'cookie',
  'dpop',
  'endpoint',
  'id_token',
  'id_token_hint',
  'jws',
  'key',
  'number',
  'p256dh',
  'passcode',
  'password',
  'refresh_token',
  'secret',
  'session',
  'set-cookie',
  'x-request-secret',
])

/** Deeper than anything that is logged on purpose; errors drag along what they happened to. */
const DEEPEST = 6

/** `ECONNREFUSED`, `SQLITE_BUSY`: names of errors that Node and the stores give, not what anybody could sign in with. */
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]+$/

/** Without `detail`, in which PostgreSQL quotes the row that it refused. */
function ofError(error: Error & { code?: unknown; detail?: unknown }): object {
  const { raw: _, detail: __, ...written } = pino.stdSerializers.err(error)
  const { code } = error
  return typeof code === 'string' && SYSTEM_CODE.test(code) ? { ...written, systemCode: code } : written
}

/** A copy without secrets, lists and errors included. */
function withoutSecrets(value: unknown, seen = new Set<unknown>(), depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth === DEEPEST || seen.has(value)) return '[more]'
  seen.add(value)
  if (ArrayBuffer.isView(value)) return '[bytes]'
  if (value instanceof Error) return withoutSecrets(ofError(value), seen, depth)
  if (Array.isArray(value)) return value.map((one) => withoutSecrets(one, seen, depth + 1))
  if ('toJSON' in value && typeof value.toJSON === 'function') return withoutSecrets(value.toJSON(), seen, depth + 1)
  return Object.fromEntries(
    Object.entries(value).map(([name, said]) => [
      name,
      SECRETS.has(name.toLowerCase()) ? '[secret]' : withoutSecrets(said, seen, depth + 1),
    ]),
  )
}

type Sink = { write(line: string): void }

/** @param sink where lines go; stderr unless a test reads them */
export function logger(level: LogThreshold, sink: Sink = process.stderr): Logger & { level: string } {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (about) => withoutSecrets(about) as Record<string, unknown>,
      },
      // Taken apart above already; a second time it would be an `Object`.
      serializers: { err: (said) => said },
      messageKey: 'message',
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

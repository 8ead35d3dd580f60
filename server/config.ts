// The environment, read once and strictly: what is wrong is told all together, a sentence a variable.
import { resolve } from 'node:path'
import { DEFAULT_LIMITS, type Limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import { type LdapConfig, ldapFile } from './config-ldap.ts'
import { limitsFrom } from './config-limits.ts'
import * as value from './config-values.ts'

/** Absolute paths of PEM files: the certificate with its chain, its key, and who signs clients' certificates. */
export type RadSec = { url: URL; cert: string; key: string; ca: string }

/** Where traces go, by OTLP over HTTP. */
export type TracesConfig = { url: string; headers: Record<string, string>; service: string }

export type Environment = Readonly<Record<string, string | undefined>>

export type Config = {
  /** `COUNTERSIGN_URL`; where absent, the public origin follows from the port: see `originsOf` */
  url: string | undefined
  /** `COUNTERSIGN_APP_URL`, where the authenticator is to live apart */
  appUrl: string | undefined
  host: string
  /** 0: any free port */
  port: number
  /** of the embedded store and the generated keys; absolute. The demonstration has its own: nothing of it goes live */
  dataFolder: string
  /** absent: SQLite in the data folder */
  databaseUrl: string | undefined
  /** the newest first, more than one only while it is rotated; absent: the file in the data folder */
  masterKeys: readonly Uint8Array[] | undefined
  /** https origins of push services that need not have a public address */
  pushOrigins: readonly string[]
  /** origins of the organisation's own webhook receivers, which need not have a public address nor https */
  webhookOrigins: readonly string[]
  /** where Prometheus reads `/metrics`; absent: nowhere */
  metrics: value.ListenAddress | undefined
  /** absent: nothing is traced */
  traces: TracesConfig | undefined
  /** tls:// or tcp://: where the audit log is sent as syslog */
  syslog: URL | undefined
  /** udp://: where RADIUS is answered */
  radius: URL | undefined
  /** tls://: where RadSec is, with what it takes */
  radsec: RadSec | undefined
  /** networks in CIDR notation whose forwarding headers are believed */
  trustedProxies: readonly string[]
  demo: boolean
  limits: Limits
  /** the way out to push services; may hold credentials */
  httpsProxy: string | undefined
  noProxy: string | undefined
  /** the name that people see */
  organisation: string
  /** a MaxMind-format file; absolute */
  geoip: string | undefined
  /** the mail server and its credentials; absent: no mail is sent */
  smtp: URL | undefined
  /** the organisation's directory; absent: passwords are known here only */
  ldap: LdapConfig | undefined
  /** whom mail is from, as it stands in its header; `countersign@` the public host where absent */
  mailFrom: value.MailAddress | undefined
  /** how many mails leave in a minute */
  mailsPerMinute: number
  /** `info`; in the demonstration `warn`, so that what people are to read stays in sight */
  logLevel: value.LogThreshold
}

/**
 * No fault repeats the value it is about: any may be a secret pasted into the wrong line, and faults go to logs.
 * @throws {Problem} `invalid`, with a sentence for each faulty variable under `errors`
 */
export function readConfig(env: Environment): Config {
  const { config, errors } = configIn(env)
  if (Object.keys(errors).length === 0) return config
  throw new Problem('invalid', { detail: Object.values(errors).join(' '), members: { errors } })
}

/** Variables that look like ours but mean nothing: a misspelt one would otherwise fail silently. */
export function unknownVariables(env: Environment): string[] {
  const names = variables()
  return Object.keys(env).filter((name) => name.startsWith('COUNTERSIGN_') && !names.has(name))
}

/** The names of all that there are. */
export function variables(): ReadonlySet<string> {
  return configIn({}).names
}

/** @returns with the names of all variables that there are */
function configIn(env: Environment) {
  const errors: Record<string, string> = {}
  const names = new Set<string>()

  /** An empty variable counts as absent, as container tools write them. */
  function read<T>(name: string, parse: (text: string) => T): T | undefined {
    names.add(name)
    const text = env[name]?.trim()
    if (!text) return undefined
    try {
      return parse(text)
    } catch (fault) {
      if (!(fault instanceof value.Fault)) throw fault
      errors[`/${name}`] = `${name} ${fault.message}.`
      return undefined
    }
  }

  function readRadSec(): RadSec | undefined {
    const url = read('COUNTERSIGN_RADSEC', value.radsecUrl)
    const [cert, key, ca] = (['CERT', 'KEY', 'CA'] as const).map((file) => {
      const name = `COUNTERSIGN_RADSEC_${file}`
      const path = read(name, value.readableFile)
      if (url && path === undefined && !errors[`/${name}`]) errors[`/${name}`] = `${name} must be set for RadSec.`
      return path ?? ''
    })
    return url && { url, cert: cert ?? '', key: key ?? '', ca: ca ?? '' }
  }

  /** By the names that OpenTelemetry gives them. */
  function readTraces(): TracesConfig | undefined {
    const endpoint = read('OTEL_EXPORTER_OTLP_ENDPOINT', value.proxyUrl)
    const headers = read('OTEL_EXPORTER_OTLP_HEADERS', value.headerList) ?? {}
    const service = read('OTEL_SERVICE_NAME', String) ?? 'countersign'
    return endpoint === undefined ? undefined : { url: `${endpoint.replace(/\/$/, '')}/v1/traces`, headers, service }
  }

  const hasUrl = Boolean(env.COUNTERSIGN_URL?.trim())
  const demo = read('COUNTERSIGN_DEMO', value.switched) ?? !hasUrl
  const config: Config = {
    url: read('COUNTERSIGN_URL', value.pageOrigin),
    appUrl: read('COUNTERSIGN_APP_URL', value.pageOrigin),
    host: read('HOST', value.hostName) ?? (hasUrl ? '0.0.0.0' : '127.0.0.1'),
    port: read('PORT', value.portNumber) ?? 8080,
    dataFolder: read('COUNTERSIGN_DATA', value.absolutePath) ?? resolve(demo ? 'data/demonstration' : 'data'),
    databaseUrl: read('DATABASE_URL', value.postgresUrl),
    masterKeys: read('COUNTERSIGN_MASTER_KEY', value.masterKeys),
    pushOrigins: read('COUNTERSIGN_PUSH_ORIGINS', value.listOf(value.httpsOrigin)) ?? [],
    webhookOrigins: read('COUNTERSIGN_WEBHOOK_ORIGINS', value.listOf(value.webOrigin)) ?? [],
    metrics: read('COUNTERSIGN_METRICS', value.listenAddress),
    traces: readTraces(),
    syslog: read('COUNTERSIGN_SYSLOG', value.syslogUrl),
    radius: read('COUNTERSIGN_RADIUS', value.radiusUrl),
    radsec: readRadSec(),
    trustedProxies: read('COUNTERSIGN_TRUSTED_PROXIES', value.listOf(value.network)) ?? [],
    demo,
    limits: read('COUNTERSIGN_LIMITS', limitsFrom) ?? DEFAULT_LIMITS,
    httpsProxy: read('HTTPS_PROXY', value.proxyUrl) ?? read('https_proxy', value.proxyUrl),
    noProxy: read('NO_PROXY', String) ?? read('no_proxy', String),
    organisation: read('COUNTERSIGN_ORGANISATION', value.organisationName) ?? (demo ? 'Harbour' : 'Countersign'),
    geoip: read('COUNTERSIGN_GEOIP', value.readableFile),
    smtp: read('COUNTERSIGN_SMTP', value.smtpUrl),
    ldap: read('COUNTERSIGN_LDAP', ldapFile),
    mailFrom: read('COUNTERSIGN_MAIL_FROM', value.mailAddress),
    mailsPerMinute: read('COUNTERSIGN_MAILS_PER_MINUTE', value.perMinute) ?? 100,
    logLevel: read('COUNTERSIGN_LOG_LEVEL', value.logThreshold) ?? (demo ? 'warn' : 'info'),
  }
  return { config, errors, names }
}

/** @param port the one really listened on, which with `PORT=0` is known only then */
export function originsOf(config: Pick<Config, 'url' | 'appUrl'>, port: number): { public: string; app: string } {
  const origin = config.url ?? `http://localhost${port === 80 ? '' : `:${port}`}`
  return { public: origin, app: config.appUrl ?? origin }
}

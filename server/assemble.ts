// Configuration, clock and chance become services: the only place that knows every part.

import { randomInt as cryptoRandomInt, randomFillSync } from 'node:crypto'
import { join } from 'node:path'
import type { Subscription } from '../protocol/device-api.ts'
import type { DeviceId, RandomBytes } from '../protocol/ids.ts'
import { purgeAccountLeftovers } from './account/sessions.ts'
import { withAccount } from './account/visits.ts'
import { applicationKeys } from './applications/api-keys.ts'
import { openSigner } from './audit/chain/mark.ts'
import { sealEntries } from './audit/chain/seal.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { purgeProofs } from './devices/used-proofs.ts'
import { tellNoted } from './directory/address-news.ts'
import { argon2Passwords } from './directory/passwords.ts'
import { expireEnrolments } from './enrolment/open.ts'
import { purgeSites } from './forward-auth/sessions.ts'
import { withSites } from './forward-auth/visits.ts'
import { purgeHandedOut } from './handed-out/sign-ins.ts'
import type { Origins } from './http/app.ts'
import { type Chore, keepTidy } from './janitor.ts'
import type { Logger } from './log.ts'
import { takeUpLogLevel } from './logging/level.ts'
import { purgeSignIns } from './login/rows.ts'
import { deliverMails } from './mail/courier.ts'
import { purgeMails } from './mail/outbox.ts'
import { masterKeysOf } from './master-key.ts'
import type { Meters } from './metrics/meters.ts'
import { purgeNotices } from './notices/rows.ts'
import { purgeArtifacts } from './oidc/artifact-rows.ts'
import { answerCiba } from './oidc/ciba-due.ts'
import { currentProvider } from './oidc/current.ts'
import { CLOUDS, type Clouds } from './oidc/entra/clouds.ts'
import { hintReader } from './oidc/entra/hint.ts'
import { purgeEntraVisits, withEntra } from './oidc/entra/visits.ts'
import { authorizations } from './oidc/interactions.ts'
import { deliverOidcNotices } from './oidc/notices.ts'
import { purgeOperatorLeftovers } from './operators/sessions.ts'
import { ownBounds } from './overload/bounds.ts'
import { type MostUnderWay, rooms } from './overload/rooms.ts'
import { openPolicies } from './policy/book.ts'
import { purgeRemembered } from './policy/remembered.ts'
import { pooledRandom } from './pooled-random.ts'
import { Courier } from './push/courier.ts'
import { deliverer } from './push/deliver.ts'
import { type EndpointRules, type Lookup, systemLookup } from './push/endpoint.ts'
import { openOutbound } from './push/outbound.ts'
import { insertPushes } from './push/outbox.ts'
import { pushSealer } from './push/seal.ts'
import { pushSender } from './push/send.ts'
import { type AdmittedSubscription, admitSubscription, putSubscription } from './push/subscriptions.ts'
import { openVapid, type Vapid, vapidSubject } from './push/vapid.ts'
import { purgeHeard } from './radius/heard.ts'
import { noteDelivery } from './requests/deliveries.ts'
import { expireOverdue } from './requests/expire.ts'
import { purgeAnswers } from './requests/idempotency.ts'
import { openPlaces } from './requests/places.ts'
import type { Push } from './requests/push.ts'
import { pushContent } from './requests/push-content.ts'
import { enforceRetention } from './retention/enforce.ts'
import { makeRoomForEntries } from './retention/make-room.ts'
import type { Steps } from './store/migrate.ts'
import { refuseMoved } from './store/moved.ts'
import type { Db } from './store/schema.ts'
import { type Sealer, sealerOf } from './store/sealer.ts'
import { openSqlite } from './store/sqlite.ts'
import type { Store } from './store/store.ts'
import { sendSyslog } from './syslog/courier.ts'
import { purgeHits } from './throttling/hits.ts'
import type { Traces } from './traces/sign-ins.ts'
import { blocks } from './watching/blocks.ts'
import { watchCertificate } from './watching/certificate.ts'
import { pushCounts } from './watching/push-counts.ts'
import { toldTo } from './watching/sightings.ts'
import { purgeSigns } from './watching/sign-inbox.ts'
import { tally } from './watching/tallies.ts'
import { deliverWebhooks } from './webhooks/courier.ts'
import { giveUpOverdue } from './webhooks/rows.ts'
import { webhookSender } from './webhooks/send.ts'

/** What tests put in the place of the world. */
export type World = {
  clock?: Clock
  lookup?: Lookup
  log: Logger & { level?: string }
  clouds?: Clouds
  /** of each kind of work, how much may be under way at once */
  mostUnderWay?: Partial<MostUnderWay>
  /** another release: of the migrations of this one those that it has, and its own */
  release?: (steps: Steps) => Steps
}

export type Assembly = Awaited<ReturnType<typeof assemble>>

export const random = pooledRandom((pool) => void randomFillSync(pool))

/** @throws {Problem} `unavailable` where it moves or has moved elsewhere */
export async function openStore(
  { databaseUrl, dataFolder }: Pick<Config, 'databaseUrl' | 'dataFolder'>,
  release?: World['release'],
): Promise<Store> {
  // What only some installations use is loaded where they say so: a start reads no file in vain.
  if (databaseUrl) return (await import('./store/postgres.ts')).openPostgres(databaseUrl, release && { release })
  refuseMoved(dataFolder)
  return openSqlite(join(dataFolder, 'countersign.db'))
}

export async function assemble(config: Config, origins: Origins, world: World) {
  const sealer = sealerOf(() => masterKeysOf(config, random), random)
  const meters =
    config.metrics && (await import('./metrics/meters.ts')).openMeters({ clock: world.clock ?? systemClock })
  const opened = await openStore(config, world.release)
  const store = meters ? meters.measuring(opened) : opened
  try {
    return await assembleOn(store, { config, origins, world, sealer, meters })
  } catch (error) {
    await store.close()
    throw error
  }
}

type Ground = { config: Config; origins: Origins; world: World; sealer: Sealer; meters: Meters | undefined }

async function assembleOn(store: Store, { config, origins, world, sealer, meters }: Ground) {
  const { clock = systemClock, lookup = systemLookup, log } = world
  store.subscribe('keys', sealer.reread)
  const vapid = await openVapid({ store, sealer, clock, subject: vapidSubject(origins.public) })
  const { locate, regionOf } = await openPlaces(config.geoip)
  const traces = await tracesOf(config, { clock, random, log })
  const delivery = openDelivery(config, { origins, store, clock, lookup, log, vapid, meters, traces })
  const visits = { store, clock, random, publicOrigin: origins.public }
  const receivers = openReceivers(config, { lookup, clock })
  const { limits } = config
  const telling = { clock, random, sealer, mail: mailOf(config, origins), publicOrigin: origins.public }
  const ldap = config.ldap && (await import('./ldap/open.ts')).openLdap(config.ldap, { ...telling, store, log, meters })
  const stop = new AbortController()
  const stopping: AbortSignal = stop.signal
  const parts = {
    config,
    origins,
    store,
    clock,
    log,
    random,
    randomInt: (below: number) => cryptoRandomInt(below),
    sealer,
    auditSigner: await openSigner({ store, sealer }),
    vapid,
    passwords: argon2Passwords(random),
    ldap,
    external: ldap?.external,
    limits,
    policies: openPolicies(store),
    organisation: { name: config.organisation },
    mail: telling.mail,
    publicOrigin: origins.public,
    appOrigin: origins.app,
    applicationByKey: applicationKeys({ store, clock }),
    locate,
    regionOf,
    blocks: blocks({ store, clock }),
    certificate: watchCertificate({ clock, origin: origins.public }),
    running: new Set<string>(),
    ...rooms({ clock, log, worked: processorMs }, { waiting: ownBounds().waiting, ...world.mostUnderWay }),
    meters,
    traces,
    sightings: toldTo(meters?.sightings, traces?.sightings),
    stopping,
    stop: () => stop.abort(),
    clouds: world.clouds ?? CLOUDS,
    readHint: hintReader({ outbound: receivers.webhookOutbound, clock }),
    ...delivery,
    ...receivers,
  }
  const openid = await currentProvider({ ...parts, asking: parts })
  store.subscribe('keys', () => void openid.refreshKeys().catch(missed(log)))
  const others = withEntra(authorizations(openid.provider, parts), parts)
  return { ...parts, ...openid, authorizations: withSites(withAccount(others, visits), visits) }
}

/** What this thread has had of a processor, in milliseconds: less than has passed where other programs run, too. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** The clock has them taken up in any case. */
const missed = (log: Logger) => (error: unknown) => log.error({ err: error }, 'new signing keys could not be read')

/** Loaded only where somebody collects them. */
async function tracesOf({ traces }: Config, needs: { clock: Clock; random: RandomBytes; log: Logger }) {
  return traces && (await import('./traces/sign-ins.ts')).openTraces(traces, needs)
}

/** The way out to the organisation's webhooks: never to its inside, but where the configuration says so. */
function openReceivers(config: Config, { lookup, clock }: { lookup: Lookup; clock: Clock }) {
  const { webhookOrigins: allowedOrigins, httpsProxy, noProxy } = config
  const outbound = openOutbound({ allowedOrigins, lookup, httpsProxy, noProxy })
  const receiverRules: EndpointRules = { allowedOrigins, isProxied: outbound.isProxied, lookup }
  return { receiverRules, webhookOutbound: outbound, sendWebhook: webhookSender({ outbound, clock }) }
}

function mailOf({ smtp, mailFrom, organisation }: Config, origins: Origins) {
  const from = mailFrom ?? { name: organisation, address: `countersign@${new URL(origins.public).hostname}` }
  return { isOn: smtp !== undefined, host: smtp?.host, from }
}

type DeliveryParts = {
  origins: Origins
  store: Store
  clock: Clock
  lookup: Lookup
  log: Logger
  vapid: Vapid
  meters: Meters | undefined
  traces: Traces | undefined
}

/** From the outbox to the push services. */
function openDelivery(config: Config, { traces, ...parts }: DeliveryParts) {
  const { origins, store, clock, lookup, log, vapid, meters } = parts
  const outbound = openOutbound({
    allowedOrigins: config.pushOrigins,
    lookup,
    httpsProxy: config.httpsProxy,
    noProxy: config.noProxy,
  })
  const endpointRules: EndpointRules = {
    allowedOrigins: config.pushOrigins,
    isProxied: outbound.isProxied,
    lookup,
  }
  const counts = pushCounts({ store, clock })
  const bare = counts.counting(pushSender({ outbound, clock }))
  const sender = meters ? meters.timing(bare) : bare
  const compose = pushContent({ store, clock, appOrigin: origins.app })
  const deliver = deliverer({ clock, random, vapid, seal: pushSealer(random), sender, compose, log })
  const courier = new Courier({
    store,
    clock,
    log,
    sender,
    deliver: traces ? traces.tracing(deliver) : deliver,
    onDelivery: async (tx, announce, job, how) => {
      if (job.kind === 'login-request' && job.request_id !== null)
        await noteDelivery(tx, announce, job.request_id, how, clock.now())
    },
  })
  const push: Push<Awaited<ReturnType<typeof insertPushes>>[number]> = {
    enqueue: async (tx, wishes) => {
      const jobs = wishes.map(({ kind, device, request, expiresAt }) => ({
        kind,
        device_id: device,
        request_id: request,
        expires_at: expiresAt,
      }))
      return jobs.length === 0 ? [] : insertPushes(tx, jobs, { now: clock.now(), random })
    },
    dispatch: (jobs) => courier.dispatch(jobs),
  }
  return {
    outbound,
    pushCounts: counts,
    endpointRules,
    courier,
    push,
    admitSubscription: (sent: Subscription) => admitSubscription(sent, { rules: endpointRules, vapid }),
    putSubscription: (tx: Db, device: DeviceId, admitted: AdmittedSubscription) =>
      putSubscription(tx, device, admitted, clock.now()),
  }
}

const longestLifetime = ({ policies, limits }: Assembly) => policies.longestLifetime(limits.requestLifetime.seconds)

const SECOND = 1000
const MINUTE = 60 * SECOND
const LONGEST_WINDOW = 24 * 60 * MINUTE
const NOTICES_KEPT = 90 * 24 * 60 * MINUTE
const SIGNS_KEPT = 90 * 24 * 60 * MINUTE

/** Everything that runs besides answering calls, until the assembly stops. */
export async function runInBackground(parts: Assembly): Promise<void> {
  const { store, clock, log, stopping } = parts
  const now = () => clock.now()
  const usual = log.level ?? parts.config.logLevel
  const chores: Chore[] = [
    { name: 'seal the audit log', every: SECOND, run: () => sealEntries(parts) },
    { name: 'expire requests', every: SECOND, run: () => expireOverdue(parts) },
    { name: 'count pushes', every: 10 * SECOND, run: () => parts.pushCounts.write() },
    {
      name: 'count requests',
      every: 30 * SECOND,
      run: async () => tally(parts, (await longestLifetime(parts)) * SECOND),
    },
    {
      name: 'take up another log level',
      every: 5 * SECOND,
      run: () => takeUpLogLevel(parts, log, usual),
    },
    // Others make new ones at any time, and are heard; when some come of age, only the clock says.
    { name: 'take up signing keys that came of age', every: MINUTE, run: () => parts.refreshKeys() },
    { name: 'forget what Microsoft asked', every: MINUTE, run: () => purgeEntraVisits(store, now()) },
    { name: 'answer what was asked without a browser', every: SECOND, run: () => answerCiba(parts) },
    { name: 'tell whom a file gave another address', every: 5 * SECOND, run: () => tellNoted(parts) },
    { name: 'expire enrolments', every: 10 * SECOND, run: () => expireEnrolments(parts) },
    { name: 'forget used proofs', every: 10 * SECOND, run: () => purgeProofs(store, now()) },
    { name: 'forget counted calls', every: MINUTE, run: () => purgeHits(store, now() - LONGEST_WINDOW) },
    { name: 'forget authorizations', every: MINUTE, run: () => purgeArtifacts(store, now()) },
    { name: 'forget sign-ins of applications', every: MINUTE, run: () => purgeHandedOut(store, now()) },
    { name: 'forget account sessions', every: MINUTE, run: () => purgeAccountLeftovers(store, now()) },
    { name: 'forget sessions of protected sites', every: MINUTE, run: () => purgeSites(store, now()) },
    { name: 'forget sign-ins', every: MINUTE, run: () => purgeSignIns(store, now()) },
    { name: 'forget requests over RADIUS', every: MINUTE, run: () => purgeHeard(store, now()) },
    { name: 'forget signs of attacks', every: MINUTE, run: () => purgeSigns(store, now() - SIGNS_KEPT) },
    { name: 'forget notices', every: MINUTE, run: () => purgeNotices(store, now() - NOTICES_KEPT) },
    { name: 'forget operators’ sessions', every: MINUTE, run: () => purgeOperatorLeftovers(store, now()) },
    { name: 'forget delivered mails', every: MINUTE, run: () => purgeMails(store, now()) },
    { name: 'give up what waits for webhooks that are off', every: MINUTE, run: () => giveUpOverdue(store, now()) },
    { name: 'let go of what was kept for long enough', every: MINUTE, run: () => enforceRetention(parts) },
    { name: 'make room in the audit log', every: 30 * SECOND, run: () => makeRoomForEntries(parts) },
    { name: 'take away what only older releases need', every: MINUTE, run: () => store.contract() },
    { name: 'forget browsers', every: MINUTE, run: () => purgeRemembered(store, now()) },
    ...directoryChores(parts),
    { name: 'forget idempotent answers', every: MINUTE, run: () => purgeAnswers(store, now()) },
  ]
  await Promise.all([
    keepTidy(clock, log, chores, stopping),
    sendMails(parts),
    deliverWebhooks(parts, stopping),
    deliverOidcNotices(parts, stopping),
    exportSyslog(parts),
    parts.traces?.run(stopping),
  ])
}

function directoryChores(parts: Assembly): Chore[] {
  const { ldap } = parts
  if (!ldap) return []
  return [{ name: 'look for who left the directory', every: ldap.minutes * MINUTE, run: () => ldap.sync(parts) }]
}

async function exportSyslog(parts: Assembly): Promise<void> {
  const { syslog } = parts.config
  if (syslog) await sendSyslog(parts, syslog, parts.stopping)
}

async function sendMails(parts: Assembly): Promise<void> {
  const { config, mail, stopping } = parts
  const { smtp, mailsPerMinute: perMinute } = config
  if (!smtp) return
  const { smtpSender } = await import('./mail/send.ts')
  await deliverMails({ ...parts, sender: smtpSender(smtp, mail.from), perMinute }, stopping)
}

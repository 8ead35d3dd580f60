// Configuration, clock and chance become services: the only place that knows every part.
import { randomInt as cryptoRandomInt, randomFillSync } from 'node:crypto'
import type { Subscription } from '../protocol/device-api.ts'
import type { DeviceId, RandomBytes } from '../protocol/ids.ts'
import { withAccount } from './account/visits.ts'
import { applicationKeys } from './applications/api-keys.ts'
import { Furthest } from './audit/chain/furthest.ts'
import { openSigner } from './audit/chain/mark.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { argon2Passwords } from './directory/passwords.ts'
import { withSites } from './forward-auth/visits.ts'
import type { Origins } from './http/app.ts'
import type { Logger } from './log.ts'
import { openSealer } from './master-key.ts'
import type { Meters } from './metrics/meters.ts'
import { currentProvider } from './oidc/current.ts'
import { CLOUDS, type Clouds } from './oidc/entra/clouds.ts'
import { hintReader } from './oidc/entra/hint.ts'
import { withEntra } from './oidc/entra/visits.ts'
import { authorizations } from './oidc/interactions.ts'
import { pushContent } from './on-device/push-content.ts'
import { ownBounds } from './overload/bounds.ts'
import { type MostUnderWay, rooms } from './overload/rooms.ts'
import { openPolicies } from './policy/book.ts'
import { pooledRandom } from './pooled-random.ts'
import { Courier } from './push/courier.ts'
import { deliverer } from './push/deliver.ts'
import { type EndpointRules, type Lookup, refuseWritten, systemLookup } from './push/endpoint.ts'
import { openOutbound } from './push/outbound.ts'
import { insertPushes } from './push/outbox.ts'
import { pushSealer } from './push/seal.ts'
import { pushSender } from './push/send.ts'
import { type AdmittedSubscription, admitSubscription, putSubscription } from './push/subscriptions.ts'
import { openVapid, type Vapid, vapidSubject } from './push/vapid.ts'
import { noteDelivery, noteFailure } from './requests/deliveries.ts'
import type { Push } from './requests/push.ts'
import type { Steps } from './store/migrate.ts'
import { refuseMoved } from './store/moved.ts'
import type { Db } from './store/schema.ts'
import type { Sealer } from './store/sealer.ts'
import { openSqlite } from './store/sqlite.ts'
import type { Store } from './store/store.ts'
import { storeFile } from './store/store-file.ts'
import type { Traces } from './traces/sign-ins.ts'
import { blocks } from './watching/blocks.ts'
import { watchCertificate } from './watching/certificate.ts'
import { pushCounts } from './watching/push-counts.ts'
import { toldTo } from './watching/sightings.ts'
import { webhookSender } from './webhooks/send.ts'
import { openPlaces } from './whereabouts/places.ts'

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
  return openSqlite(storeFile(dataFolder))
}

export async function assemble(config: Config, origins: Origins, world: World) {
  const meters =
    config.metrics &&
    (await import('./metrics/meters.ts')).openMeters({
      clock: world.clock ?? systemClock,
      hasSyslog: config.syslog !== undefined,
    })
  const opened = await openStore(config, world.release)
  const store = meters ? meters.measuring(opened) : opened
  try {
    const sealer = await openSealer(config, opened.read, random)
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
  const { locate, regionOf } = await openPlaces(config.geoip, log)
  const traces = await tracesOf(config, { clock, random, log })
  const delivery = openDelivery(config, { origins, store, clock, lookup, log, vapid, meters, traces })
  const visits = { store, clock, random, publicOrigin: origins.public }
  const receivers = openReceivers(config, { lookup, clock })
  const { limits } = config
  const telling = { clock, random, sealer, mail: mailOf(config, origins), publicOrigin: origins.public }
  const ldap = config.ldap && (await import('./ldap/open.ts')).openLdap(config.ldap, { ...telling, store, log, meters })
  const stop = new AbortController()
  const { waiting } = ownBounds(config.radsec !== undefined)
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
    furthest: new Furthest(log),
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
    applicationKeys: applicationKeys({ store, clock }),
    locate,
    regionOf,
    blocks: blocks({ store, clock }),
    certificate: watchCertificate({ clock, origin: origins.public }),
    running: new Set<string>(),
    ...rooms({ clock, log, worked: processorMs }, { waiting, light: waiting, ...world.mostUnderWay }),
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
      if (job.kind !== 'login-request' || job.request_id === null) return
      if (how === 'failed') await noteFailure(tx, announce, job.request_id, clock.now())
      else await noteDelivery(tx, announce, job.request_id, how, clock.now())
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
    refuseEndpoint: (written: string) => refuseWritten(written, endpointRules),
    admitSubscription: (sent: Subscription) => admitSubscription(sent, { rules: endpointRules, vapid }),
    putSubscription: (tx: Db, device: DeviceId, admitted: AdmittedSubscription) =>
      putSubscription(tx, device, admitted, clock.now()),
  }
}

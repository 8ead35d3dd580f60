// Listens, hands calls to the edges, and stops in good order.

import { statfs } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { accountRoutes } from './account/routes.ts'
import { docsPages } from './admin/docs/routes.ts'
import { adminRoutes } from './admin/routes.ts'
import { type Assembly, assemble, type World } from './assemble.ts'
import { runInBackground } from './chores.ts'
import { systemClock } from './clock.ts'
import { type Config, originsOf } from './config.ts'
import { forwardAuthRoutes, protectedRoutes } from './forward-auth/routes.ts'
import { siteSessions } from './forward-auth/sessions.ts'
import { answering } from './http/answer.ts'
import { httpApp } from './http/app.ts'
import { applicationApi } from './http/application-api.ts'
import { builtFiles } from './http/built-files.ts'
import { clientAddress, trustedAddress, trustedProxy } from './http/client-address.ts'
import { deviceApi } from './http/device-api.ts'
import type { Call } from './http/env.ts'
import { defaultHeaders } from './http/headers.ts'
import { oneAfterAnother } from './http/one-after-another.ts'
import { leaveStalled, PATIENCE, STALLED_MS } from './http/patience.ts'
import { unreadable } from './http/problem-response.ts'
import { answerUnread } from './http/unread.ts'
import { loginRoutes } from './login/routes.ts'
import { serveMetrics } from './metrics/listen.ts'
import { notListening } from './not-listening.ts'
import { entraRoutes } from './oidc/entra/routes.ts'
import { oidcRoutes } from './oidc/routes.ts'
import { ownBounds } from './overload/bounds.ts'
import { boundConnections } from './overload/connections.ts'
import { toldSeldom } from './overload/told.ts'
import { listenRadius, type RadiusListening } from './radius/listen.ts'
import { scimRoutes } from './scim/routes.ts'
import { holdFolder } from './store/sole-server.ts'

export type Running = {
  origin: string
  parts: Assembly
  radius: RadiusListening
  close(): Promise<void>
}

const DIST = join(import.meta.dirname, '..', 'dist')
/** Answers under way may take this long before their connections are closed. */
const STOP_WITHIN_MS = 10_000
const SWEEP_EVERY_MS = 20
/** Connections that wait to be taken, one in each turn of the event loop: the system lets wait whom it may. */
const BACKLOG = 4096

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/** @throws where the port is taken, the store can't be opened, or another server has it */
export async function serve(config: Config, world: World): Promise<Running> {
  let listener: Listener = (_incoming, outgoing) => outgoing.writeHead(503, { 'Retry-After': '1' }).end()
  const headers = defaultHeaders(config.url?.startsWith('https:') ?? false)
  const options = { ...PATIENCE, requireHostHeader: false, ServerResponse: answering(headers) }
  const server = createServer(
    options,
    oneAfterAnother((incoming, outgoing) => listener(incoming, outgoing)),
  )
  answerUnread(server, Object.entries(headers))
  leaveStalled(server, STALLED_MS)
  bound(server, config, world)
  await listen(server, config)
  let release = () => {}
  try {
    if (!config.databaseUrl) release = holdFolder(config.dataFolder)
    const origins = originsOf(config, (server.address() as AddressInfo).port)
    const parts = await assemble(config, origins, world)
    try {
      return await serveParts(parts, { server, answering: (by) => (listener = by), release })
    } catch (error) {
      parts.stop()
      await closeParts(parts)
      throw error
    }
  } catch (error) {
    server.close()
    release()
    throw error
  }
}

type Begun = { server: Server; answering: (listener: Listener) => void; release: () => void }

/** @throws where another port is taken */
async function serveParts(parts: Assembly, { server, answering, release }: Begun): Promise<Running> {
  const { config, meters, origins } = parts
  answering(listenerOf(parts))
  if (config.metrics && meters) {
    const at = `${config.metrics.host}:${config.metrics.port}`
    await serveMetrics(config.metrics, meters, parts).catch(notListening('COUNTERSIGN_METRICS', at))
  }
  await parts.courier.start()
  const radius = await listenRadius(parts, config)
  const background = runInBackground(parts)
  return {
    origin: origins.public,
    parts,
    radius,
    close: () => close(server, { parts, background, radius }).finally(release),
  }
}

/** Before anybody can come: all are counted. */
function bound(server: Server, config: Config, { clock = systemClock, log }: World): void {
  const isProxy = trustedAddress(config.trustedProxies)
  const most = ownBounds(config.radsec !== undefined).connections
  const tell = toldSeldom({ clock, log }, { most }, 'this server has as many connections as it may: others are closed')
  boundConnections(server, { most, isProxy, closed: (who) => tell({ who }) })
}

function listen(server: Server, { port, host }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function listenerOf(parts: Assembly): Listener {
  const { origins, store, log, stopping, organisation } = parts
  const files = builtFiles(DIST)
  const { trustedProxies } = parts.config
  const needs = { ...parts, addressOf: clientAddress(trustedProxies), isProxy: trustedProxy(trustedProxies) }
  const sites = { ...needs, siteSessions: siteSessions(parts) }
  const login = { ...needs, page: (c: Call) => files.respond(c, 'login/index.html') }
  const app = httpApp({
    light: parts.light,
    applicationKeys: parts.applicationKeys,
    addressOf: needs.addressOf,
    origins,
    store,
    log,
    stopping,
    clock: parts.clock,
    answered: parts.meters?.answered,
    freeBytes: freeBytesFor(parts.config),
    files,
    organisation: organisation.name,
    conversations: {
      application: applicationApi(needs),
      device: deviceApi(needs),
      account: accountRoutes({ ...needs, page: (c) => files.respond(c, 'account/index.html') }),
      forwardAuth: forwardAuthRoutes(sites),
      protected: protectedRoutes(sites),
      login: loginRoutes(login),
      oidc: oidcRoutes(needs, entraRoutes(login)),
      admin: adminRoutes(needs),
      scim: scimRoutes(parts),
      docs: docsPages(),
    },
  })
  // HTTP/1.0 health checks name no host; they are answered where that does not matter.
  return getRequestListener(app.fetch, { hostname: 'unnamed.invalid', errorHandler: unreadable(log) })
}

/** Of the disk that the embedded store is on; PostgreSQL looks after its own. */
function freeBytesFor({ databaseUrl, dataFolder }: Config): () => Promise<number> {
  if (databaseUrl) return async () => Number.POSITIVE_INFINITY
  return async () => {
    const { bavail, bsize } = await statfs(dataFolder)
    return bavail * bsize
  }
}

/** Streams end, answers under way are finished, the outbox is left in order, then the store is closed. */
async function close(
  server: Server,
  { parts, background, radius }: { parts: Assembly; background: Promise<void>; radius: RadiusListening },
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  parts.stop()
  // Whoever listened keeps the connection after its stream has ended: it becomes idle only then.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_EVERY_MS)
  const impatient = setTimeout(() => server.closeAllConnections(), STOP_WITHIN_MS)
  await Promise.all([closed, radius.close()])
  clearInterval(sweep)
  clearTimeout(impatient)
  await background
  await closeParts(parts)
}

async function closeParts(parts: Assembly): Promise<void> {
  await parts.courier.stop()
  await parts.ldap?.close()
  await parts.outbound.close()
  await parts.webhookOutbound.close()
  await parts.store.close()
}

// The public side of a server, on a port of its own: OpenID provider and login page, with a device that answers.

import { randomInt } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { DEFAULT_LIMITS, type Limits } from '../../protocol/limits.ts'
import { addApplication } from '../../server/applications/applications.ts'
import type { Clock } from '../../server/clock.ts'
import { argon2Passwords } from '../../server/directory/passwords.ts'
import { addUser } from '../../server/directory/users.ts'
import type { Call, Env } from '../../server/http/env.ts'
import { defaultHeaders, ownHosts } from '../../server/http/headers.ts'
import { answeredBy, onError } from '../../server/http/problem-response.ts'
import { logger } from '../../server/log.ts'
import type { LoginNeeds } from '../../server/login/needs.ts'
import { loginRoutes } from '../../server/login/routes.ts'
import { currentProvider } from '../../server/oidc/current.ts'
import { authorizations } from '../../server/oidc/interactions.ts'
import { oidcRoutes } from '../../server/oidc/routes.ts'
import { openPolicies } from '../../server/policy/book.ts'
import { openOutbound } from '../../server/push/outbound.ts'
import type { Sealer } from '../../server/store/sealer.ts'
import type { Store } from '../../server/store/store.ts'
import { blocks } from '../../server/watching/blocks.ts'
import { newSealer, random } from './enrolled.ts'

export const PASSWORD = 'correct horse battery'
export const CALLBACK = 'http://localhost:4999/callback'

export type SiteOptions = {
  clock: Clock
  limits?: Partial<Limits>
  /** to go on with a store that another site began */
  sealer?: Sealer
  page?: (c: Call) => Response
  /** files beside the page */
  assets?: (c: Call) => Response | undefined
}

export type SignInSite = Awaited<ReturnType<typeof signInSite>>

const cheapPasswords = () => argon2Passwords(random, { memoryCost: 64, timeCost: 1, parallelism: 1 })

export async function signInSite(store: Store, options: SiteOptions) {
  const { clock } = options
  const app = new Hono<Env>()
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  const server = createServer((incoming, outgoing) => {
    outgoing.setHeaders(new Map(Object.entries(defaultHeaders(false))))
    return answer(incoming, outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const stop = new AbortController()
  const lines: string[] = []
  const log = logger('info', { write: (line) => lines.push(line) })
  const needs = {
    store,
    clock,
    log,
    random,
    randomInt: (below: number) => randomInt(below),
    sealer: options.sealer ?? newSealer(),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    policies: openPolicies(store),
    push: { enqueue: async () => [], dispatch: () => {} },
    regionOf: () => undefined,
    locate: () => undefined,
    blocks: blocks({ store, clock }),
    passwords: cheapPasswords(),
    organisation: { name: 'Harbour' },
    mail: { isOn: false },
    publicOrigin: origin,
    appOrigin: origin,
    addressOf: () => '203.0.113.7',
    page: options.page ?? ((c) => c.html('<!doctype html><title>login</title>')),
    stopping: stop.signal,
  } satisfies Omit<LoginNeeds, 'authorizations'> & Record<string, unknown>
  const outbound = { allowedOrigins: [], lookup: async () => [], httpsProxy: undefined, noProxy: undefined }
  const { provider } = await currentProvider({ ...needs, webhookOutbound: openOutbound(outbound) })
  const login: LoginNeeds = { ...needs, authorizations: authorizations(provider, needs) }
  app.onError(onError({ log, clock, stopping: stop.signal }))
  const ended = answeredBy({ log, clock, stopping: stop.signal })
  app.use('*', (c, next) => {
    c.set('ended', ended)
    return next()
  })
  app.use('*', ownHosts([origin], []))
  app.route('/oidc', oidcRoutes({ ...needs, provider, receiverRules: { ...outbound, isProxied: () => false } }))
  app.route('/login', loginRoutes(login))
  app.get('*', (c) => options.assets?.(c) ?? c.notFound())
  const application = await addApplication(needs, { name: 'Harbour', redirectUris: [CALLBACK] })
  return {
    origin,
    needs: login,
    deciding: needs,
    application,
    lines,
    addUser: (username: string) => addUser(needs, { username, password: PASSWORD }),
    async close() {
      stop.abort()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

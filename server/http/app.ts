// All conversations on their origins, in one Hono app: what is shared by every answer stands here.
import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { Problem } from '../../protocol/problems.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'
import { Answer } from './answer.ts'
import { appPages, sharedFiles } from './app-pages.ts'
import type { BuiltFiles } from './built-files.ts'
import { consolePages } from './console-pages.ts'
import type { Env, Middleware } from './env.ts'
import { onlyOn, ownHosts, sentOn } from './headers.ts'
import { HEALTH_PATHS, health } from './health.ts'
import { inTheirTurn, type TurnNeeds } from './in-their-turn.ts'
import { problemPage } from './problem-page.ts'
import { answeredBy, onError } from './problem-response.ts'

export type Origins = { public: string; app: string }

export type HttpNeeds = TurnNeeds & {
  origins: Origins
  organisation: string
  files: BuiltFiles
  store: Store
  log: Logger
  stopping: AbortSignal
  clock: Clock
  /** told of every answer, where somebody counts them */
  answered: ((about: { method: string; route: string; status: number; ms: number }) => void) | undefined
  freeBytes: () => Promise<number>
  conversations: {
    application: Hono<Env>
    device: Hono<Env>
    login: Hono<Env>
    account: Hono<Env>
    forwardAuth: Hono<Env>
    protected: Hono<Env>
    oidc: Hono<Env>
    admin: Hono<Env>
    scim: Hono<Env>
    docs: Hono<Env>
  }
}

export function httpApp(needs: HttpNeeds): Hono<Env> {
  const { origins, conversations } = needs
  const app = new Hono<Env>()
  app.onError(onError(needs, problemPage(origins)))
  app.notFound(() => {
    throw new Problem('not-found')
  })
  app.use('*', callId(needs))
  app.use('*', inTheirTurn(needs, HEALTH_PATHS))
  // On hosts of others: it judges by itself which.
  app.route('/forward-auth', conversations.forwardAuth)
  app.use('*', ownHosts([origins.public, origins.app], HEALTH_PATHS))
  app.route('/', health(needs))
  app.route('/', sharedFiles(needs.files))
  app.use('/device/v1/*', onlyOn(origins.app))
  app.route('/device/v1', conversations.device)
  app.use('/api/v1/*', onlyOn(origins.public))
  app.route('/api/v1', conversations.application)
  app.use('/account', sentOn(origins.app, origins.public))
  app.use('/account/*', onlyOn(origins.public)).route('/account', conversations.account)
  app.use('/login/*', onlyOn(origins.public)).route('/login', conversations.login)
  app.use('/protected/*', onlyOn(origins.public)).route('/protected', conversations.protected)
  app.use('/oidc/*', onlyOn(origins.public)).route('/oidc', conversations.oidc)
  app.use('/console/*', onlyOn(origins.public)).route('/console', consolePages(needs.files))
  app.use('/admin/v1/*', onlyOn(origins.public)).route('/admin/v1', conversations.admin)
  app.use('/scim/*', onlyOn(origins.public)).route('/scim/v2', conversations.scim)
  app.use('/docs/*', onlyOn(origins.public)).route('/docs', conversations.docs)
  app.use('*', onlyOn(origins.app))
  app.route('/', appPages(needs.files, needs.organisation))
  return app
}

/** The answer's own, where there is one. */
function callId(needs: HttpNeeds): Middleware {
  const { log, answered } = needs
  const ended = answeredBy(needs)
  return async (c, next) => {
    const outgoing = c.env?.outgoing
    const id = outgoing instanceof Answer ? outgoing.callId : randomUUID()
    c.set('callId', id)
    c.set('ended', ended)
    const began = answered && performance.now()
    await next()
    if (answered && began !== undefined)
      answered({ method: c.req.method, route: c.req.routePath, status: c.res.status, ms: performance.now() - began })
    log.debug({ call: id, method: c.req.method, path: c.req.routePath, status: c.res.status }, 'answered')
  }
}

// Who provisions us: an API token and nothing else. Attack stopped: a page that rides on an operator's cookie, and a
// stolen SCIM token that reads reports or makes operators; its role opens this door alone.
import { mayAct } from '../../protocol/permissions.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Assembly } from '../assemble.ts'
import type { Actor } from '../audit/actor.ts'
import type { Call, Middleware } from '../http/env.ts'
import { apiTokenOf } from '../operators/api-tokens.ts'
import { actorFor } from '../operators/authenticated.ts'
import { pace } from './pace.ts'

type Needs = Pick<Assembly, 'store' | 'clock' | 'limits'>

const ACT = 'scim.provision'

/** @throws {Problem} unauthenticated, forbidden, too-many-requests */
export function provisioner(needs: Needs): Middleware {
  const { clock, limits } = needs
  const count = pace(limits.provisioningCalls)
  return async (c, next) => {
    const secret = /^Bearer (cso_[0-9a-z]{26})$/i.exec(c.req.header('authorization') ?? '')?.[1]
    const token = secret === undefined ? undefined : await apiTokenOf(needs, secret)
    if (!token) throw new Problem('unauthenticated', { headers: { 'WWW-Authenticate': 'Bearer' } })
    if (!mayAct(token.role, ACT)) throw new Problem('forbidden')
    count(token.id, clock.now())
    c.set('operator', { kind: 'api-token', token })
    await next()
  }
}

export function actorOf(c: Call): Actor {
  const who = c.get('operator')
  if (!who) throw new Error('a call was answered before it was known who calls')
  return actorFor(who, ACT)
}

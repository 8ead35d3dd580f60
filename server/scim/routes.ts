// /scim/v2: another directory keeps people and groups here as it has them (RFC 7644).
import type { Hono } from 'hono'
import type { Assembly } from '../assemble.ts'
import { boundedTo, unreadBody } from '../http/body.ts'
import type { Call, Env } from '../http/env.ts'
import { type Addresses, conversation } from '../http/routes.ts'
import { listOf, scimJson } from './answer.ts'
import { provisioner } from './authenticate.ts'
import { MOST_BYTES } from './body.ts'
import { onlyOthersHave } from './conditions.ts'
import { groupAddresses, groupsShown } from './groups.ts'
import { MOST_RESULTS, type Query, searchOf } from './query.ts'
import { onScimError, Refusal } from './refusal.ts'
import { BASE } from './resource.ts'
import { resourceTypes, schemas, serviceProviderConfig } from './schemas.ts'
import { userAddresses, usersShown } from './users.ts'

export function scimRoutes(parts: Assembly): Hono<Env> {
  const addresses: Addresses = {
    ...discovery(parts.publicOrigin + BASE),
    '/.search': { POST: (c) => searchAll(parts, searchOf(c)) },
    '/Bulk': { POST: () => refuse(501, 'There are no bulk operations here.') },
    ...userAddresses(parts),
    ...groupAddresses(parts),
  }
  // Nobody unknown is read more of than the head of their call.
  const before = [unreadBody, provisioner(parts), boundedTo(MOST_BYTES)]
  return conversation(before, addresses).onError(onScimError(parts))
}

function discovery(base: string): Addresses {
  const config = serviceProviderConfig(base, { mostResults: MOST_RESULTS })
  return {
    '/ServiceProviderConfig': { GET: () => scimJson(config) },
    ...described('/ResourceTypes', resourceTypes(base)),
    ...described('/Schemas', schemas(base)),
  }
}

/** There are no filters here (RFC 7644 §4). */
function described(path: string, all: readonly { id: string }[]): Addresses {
  const one = (c: Call) => all.find(({ id }) => id === c.req.param('id')) ?? refuse(404, 'There is nothing here.')
  const refuseFilter = (c: Call) =>
    c.req.query('filter') === undefined ? undefined : refuse(403, 'Filters are not for what describes us.')
  return {
    [path]: { GET: (c) => refuseFilter(c) ?? scimJson(listOf(all, { total: all.length, first: 1 })) },
    [`${path}/:id`]: { GET: (c) => scimJson(one(c)) },
  }
}

/** All people, and then all groups. */
async function searchAll(parts: Assembly, query: Query): Promise<Response> {
  const users = await usersShown(parts, query, { lacks: onlyOthersHave })
  const count = query.count - users.resources.length
  const groups = await groupsShown(
    parts,
    { ...query, first: Math.max(1, query.first - users.total), count },
    { lacks: onlyOthersHave },
  )
  const total = users.total + groups.total
  return scimJson(listOf([...users.resources, ...groups.resources], { total, first: query.first }))
}

function refuse(status: number, detail: string): never {
  throw new Refusal(status, undefined, detail)
}

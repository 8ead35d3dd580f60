// /Groups (RFC 7644 §3): as /Users, with members.
import { type GroupId, groupId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Assembly } from '../assemble.ts'
import { addGroupOf, alignGroup } from '../directory/align-group.ts'
import { type GroupRow, knownGroup, removeGroup } from '../directory/groups.ts'
import { groupsMatching, membersOf } from '../directory/matching/groups.ts'
import type { Call } from '../http/env.ts'
import type { Addresses } from '../http/routes.ts'
import { listOf, nothing, resourceAnswer, scimJson } from './answer.ts'
import { actorOf } from './authenticate.ts'
import { readScim } from './body.ts'
import { type Bookmarks, bookmarks } from './bookmarks.ts'
import { asked, groupCondition, type Looking } from './conditions.ts'
import { externalIdAfter } from './foreign-ids.ts'
import { type GroupChanges, groupChanges } from './group-patch.ts'
import { groupBody, groupEtag, groupResource, memberIds } from './group-resource.ts'
import { operationsOf } from './patch.ts'
import { type Query, queryOf, searchOf, shapeOf } from './query.ts'
import { Refusal } from './refusal.ts'
import type { Resource } from './resource.ts'
import { type Shape, shaped, wants } from './shape.ts'
import { isKnown, overwriting } from './versions.ts'

export function groupAddresses(parts: Assembly): Addresses {
  const marks = bookmarks(parts.clock)
  return {
    '/Groups': { GET: async (c) => list(parts, marks, c, queryOf(c)), POST: (c) => add(parts, c) },
    '/Groups/.search': { POST: async (c) => list(parts, marks, c, searchOf(c)) },
    '/Groups/:id': {
      GET: (c) => show(parts, c),
      PUT: async (c) => resourceAnswer(await resourceOf(parts, await replace(parts, c), shapeOf(c)), shapeOf(c)),
      PATCH: (c) => patch(parts, c),
      DELETE: (c) => remove(parts, c),
    },
  }
}

/** Each directory that provisions has bookmarks of its own. */
const list = async (parts: Assembly, marks: Bookmarks, c: Call, query: Query) => {
  const name = `${actorOf(c).id} ${query.filter ?? ''}`
  const { total, resources, last } = await groupsShown(parts, query, { after: marks.before(name, query.first) })
  if (last) marks.leave(name, query.first + resources.length, last.name_key)
  return scimJson(listOf(resources, { total, first: query.first }))
}

/** How many members a list of groups shows in all, before it ends early. */
const MOST_MEMBERS = 10_000

/** @throws {Refusal} invalidFilter, tooMany */
export async function groupsShown({ store, publicOrigin }: Assembly, query: Query, { after, lacks }: Looking = {}) {
  const condition = query.filter === undefined ? undefined : groupCondition(query.filter, lacks)
  const page = { offset: query.first - 1, limit: query.count, after }
  const { total, groups } = await asked(() => groupsMatching(store.read, condition, page))
  const resources: object[] = []
  let members = 0
  for (const row of groups) {
    const inside = wants(query, 'members') ? ((await membersOf(store.read, row.id)) ?? []) : undefined
    members += inside?.length ?? 0
    if (members > MOST_MEMBERS && resources.length > 0) break
    resources.push(shaped(groupResource(row, inside, publicOrigin), query))
  }
  return { total, resources, last: groups[resources.length - 1] }
}

/** An id that is none of ours is no group's. @throws {Problem} unknown-group */
function idOf(c: Call): GroupId {
  const { data } = groupId.safeParse(c.req.param('id'))
  if (data === undefined) throw new Problem('unknown-group')
  return data
}

async function resourceOf({ store, publicOrigin }: Assembly, row: GroupRow, shape: Shape): Promise<Resource> {
  return groupResource(row, wants(shape, 'members') ? await membersOf(store.read, row.id) : undefined, publicOrigin)
}

async function show(parts: Assembly, c: Call): Promise<Response> {
  const row = await knownGroup(parts.store.read, idOf(c))
  const version = groupEtag(row)
  if (isKnown(c, version)) return new Response(null, { status: 304, headers: { ETag: version } })
  return resourceAnswer(await resourceOf(parts, row, shapeOf(c)), shapeOf(c))
}

async function add(parts: Assembly, c: Call): Promise<Response> {
  const { displayName: name, externalId, members } = readScim(c, groupBody)
  const join = memberIds((members ?? []).map(({ value }) => value))
  const asked = { name, externalId: externalIdAfter(externalId || null), members: join }
  const row = await named(() => addGroupOf(parts, asked, actorOf(c)))
  return resourceAnswer(await resourceOf(parts, row, shapeOf(c)), shapeOf(c), 201)
}

/** A member that is nobody is a wrong value here, not an address that leads nowhere. @throws {Refusal} invalidValue */
async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem && error.slug === 'unknown-user')) throw error
    throw new Refusal(400, 'invalidValue', 'Somebody who is to be a member is not there.')
  }
}

function align(parts: Assembly, c: Call, changes: GroupChanges): Promise<GroupRow> {
  const id = idOf(c)
  return overwriting(c, async (isSeen) => {
    const seen = await knownGroup(parts.store.read, id)
    isSeen(groupEtag(seen))
    const externalId = externalIdAfter(changes.externalId, seen.external_id)
    return named(() => alignGroup(parts, { seen, ...changes, externalId }, actorOf(c)))
  })
}

function replace(parts: Assembly, c: Call): Promise<GroupRow> {
  const { displayName: name, externalId, members } = readScim(c, groupBody)
  const only = memberIds((members ?? []).map(({ value }) => value))
  const changes = {
    name,
    externalId: externalId || null,
    members: { only, join: new Set<never>(), leave: new Set<never>() },
  }
  return align(parts, c, changes)
}

/** Without a body, for a group's members may be very many; who asks for attributes is shown them (RFC 7644 §3.5.2). */
async function patch(parts: Assembly, c: Call): Promise<Response> {
  const row = await align(parts, c, groupChanges(operationsOf(c)))
  const shape = shapeOf(c)
  if (!shape.only) return nothing({ ETag: groupEtag(row) })
  return resourceAnswer(await resourceOf(parts, row, shape), shape)
}

async function remove(parts: Assembly, c: Call): Promise<Response> {
  const id = idOf(c)
  await overwriting(c, async (isSeen) => {
    isSeen(groupEtag(await knownGroup(parts.store.read, id)))
    await removeGroup(parts, id, actorOf(c))
    return true
  })
  return nothing()
}
